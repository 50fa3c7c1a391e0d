import { openSync } from 'node:fs';

/** /dev/null to read and write, opened once for the life of the process. */
export function nullDevice(): number {
  return (opened ??= openSync('/dev/null', 'r+'));
}

let opened: number | undefined;
