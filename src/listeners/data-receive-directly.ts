import net, { type Socket } from 'node:net';

import { libc } from '../system/libc.ts';
import { duplicate } from '../system/sockets.ts';
import { receiveEarly } from './data-receive-early.ts';
import { receiveStream } from './data-receive-stream.ts';
import { settleReceiving } from './data-receiving.ts';
import { giveBuffer, takeBuffer } from './receive-buffers.ts';
import { descriptorOf } from './socket-handle.ts';

export interface DirectReceiving {
  take(chunk: Buffer): Promise<void>;
  readonly signal: AbortSignal;
  /** So many bytes went past the stream. */
  received(bytes: number): void;
  /** The connection is another socket from now on. */
  replaced(socket: Socket): void;
}

/**
 * All that comes, read by the kernel's call into two large buffers by turns, with no stream between. Node offers that for sockets
 * that it is asked to make, not for those that it accepts: so the connection goes on as a socket made of its own descriptor, unless
 * all has come before. Gives whether that is so: the peer's end was seen, and not by the socket.
 */
export async function receiveDirectly(
  socket: Socket,
  { take, signal, received, replaced }: DirectReceiving,
): Promise<boolean> {
  const fd = descriptorOf(socket);
  // What was read already, or is still to be written, would be lost with the stream.
  if (libc === null || fd === null || socket.bytesRead > 0 || socket.bytesWritten > 0) {
    await receiveStream(socket, { take, signal });
    return false;
  }
  let reading = takeBuffer();
  // Who accepted it has stopped Node from reading.
  if (socket.isPaused()) {
    if (await receiveEarly(socket, libc, { fd, buffer: reading, take, signal, received })) {
      giveBuffer(reading);
      return true;
    }
    if (socket.destroyed) throw lost();
  }
  let taken = takeBuffer();
  /** Read, and waiting until the chunk before has been taken. */
  let waiting = 0;
  let isTaking = false;
  const receiving = settleReceiving(signal);

  const takeNext = (length: number): void => {
    isTaking = true;
    [reading, taken] = [taken, reading];
    receiving.run(take(taken.subarray(0, length)), () => {
      isTaking = false;
      if (waiting === 0) return;
      const next = waiting;
      waiting = 0;
      takeNext(next);
      direct.resume();
    });
  };
  const direct = new net.Socket({
    fd: duplicate(fd),
    allowHalfOpen: true,
    onread: {
      // For the next read, which comes after this chunk's turn.
      buffer: () => (waiting === 0 ? reading : taken),
      callback(length) {
        if (!isTaking) {
          takeNext(length);
          return true;
        }
        waiting = length;
        return false;
      },
    },
  });
  replaced(direct);
  // Without a FIN, because the connection is open by the other descriptor.
  socket.destroy();
  await receiving.until(direct);
  giveBuffer(reading);
  giveBuffer(taken);
  return false;
}

function lost(): Error {
  return Object.assign(new Error('the connection was lost'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}
