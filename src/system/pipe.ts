import { linux } from './constants.ts';
import type { Libc } from './libc.ts';
import { checked } from './system-error.ts';

/** pipe(2): both ends of it block, and neither goes on to programs. */
export function makePipe(c: Libc): { read: number; write: number } {
  checked(c, c.pipe2(pipeOut, linux.O_CLOEXEC), 'make a pipe');
  return { read: pipeOut[0]!, write: pipeOut[1]! };
}

const pipeOut = new Int32Array(new ArrayBuffer(8));
