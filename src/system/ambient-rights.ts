import { readFileSync } from 'node:fs';

import { linux } from './constants.ts';
import { libc } from './libc.ts';

/**
 * Keeps from all that is started from here on what a service manager has given to this process beyond the rights of its user (ambient
 * capabilities, capabilities(7)). This process goes on having it: it binds ports below 1024, and neither who serves them nor a
 * program for a peer has to. Nothing is done without node:ffi, where workers bind themselves.
 */
export function withholdRights(): void {
  const rights = ambientRights();
  if (libc === null || rights.length === 0) return;
  withheld = rights;
  libc.prctl(linux.PR_CAP_AMBIENT, BigInt(linux.PR_CAP_AMBIENT_CLEAR_ALL), 0n, 0n, 0n);
}

/** For the program that this process becomes: it is to have what this one has. */
export function passRightsOn(): void {
  for (const right of withheld) libc?.prctl(linux.PR_CAP_AMBIENT, BigInt(linux.PR_CAP_AMBIENT_RAISE), right, 0n, 0n);
}

let withheld: readonly bigint[] = [];

/** Their numbers. proc(5): a mask of 64 bits in hexadecimal digits. */
function ambientRights(): readonly bigint[] {
  const mask = BigInt(`0x${/^CapAmb:\s*([0-9a-f]+)$/m.exec(readStatus())?.[1] ?? '0'}`);
  return Array.from({ length: 64 }, (_, i) => BigInt(i)).filter((right) => ((mask >> right) & 1n) === 1n);
}

function readStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'latin1');
  } catch {
    return '';
  }
}
