import type { Socket } from 'node:net';
import os from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';

import type { libc } from '../system/libc.ts';
import { systemError } from '../system/system-error.ts';

export interface EarlyReceiving {
  readonly fd: number;
  readonly buffer: Buffer;
  take(chunk: Buffer): Promise<void>;
  readonly signal: AbortSignal;
  /** So many bytes went past the stream. */
  received(bytes: number): void;
}

const { EAGAIN, EINTR } = os.constants.errno;
// Who sends more is not small.
const maxBytes = 256 * 1024;

/**
 * What is there already, or a turn of the loop later, read from the descriptor by the system's call, past the stream: a small file is
 * taken whole by that, and nothing is made for it. Gives whether the peer has ended. The socket has to be one that nobody reads from.
 */
export async function receiveEarly(
  socket: Socket,
  c: NonNullable<typeof libc>,
  { fd, buffer, take, signal, received }: EarlyReceiving,
): Promise<boolean> {
  let hasWaited = false;
  for (let sum = 0; sum < maxBytes;) {
    // A closed one's number may be somebody else's.
    if (socket.destroyed) return false;
    const length = Number(c.read(fd, buffer, BigInt(buffer.length)));
    if (length === 0) return true;
    if (length > 0) {
      received(length);
      sum += length;
      await take(buffer.subarray(0, length));
      signal.throwIfAborted();
      continue;
    }
    const errno = c.errno();
    if (errno === EINTR) continue;
    // A reset is told once: who reads next would take it for an end.
    if (errno !== EAGAIN) throw systemError('receive', errno);
    if (hasWaited) return false;
    hasWaited = true;
    await turn();
    signal.throwIfAborted();
  }
  return false;
}
