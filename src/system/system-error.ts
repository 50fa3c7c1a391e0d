import os from 'node:os';
import util from 'node:util';

import { libc } from './libc.ts';
import type { Libc } from './libc.ts';

/** An error of the system as Node's own look, with `code` and `errno`: "bind 127.0.0.1:53: address already in use (EADDRINUSE)". */
export function systemError(what: string, errno: number): NodeJS.ErrnoException {
  const [code, text] = nameOf(errno);
  return Object.assign(new Error(`${what}: ${text} (${code})`), { code, errno: -errno });
}

function nameOf(errno: number): readonly [string, string] {
  // libuv makes no call that gives this one, so Node has no words for it.
  if (errno === os.constants.errno.ECHILD) return ['ECHILD', 'no child processes'];
  return [util.getSystemErrorName(-errno), util.getSystemErrorMessage(-errno)];
}

/** Hands a call's result through, or throws when it is -1. `what` says what was tried, in a few words. */
export function checked(c: Libc, result: number, what: string): number {
  if (result === -1) throw systemError(what, c.errno());
  return result;
}

/** The library, for what cannot be done without. */
export function needLibc(what: string): Libc {
  if (libc === null)
    throw new Error(`${what} needs node:ffi, which this Node does not offer (or PORTICO_NO_FFI is set)`);
  return libc;
}
