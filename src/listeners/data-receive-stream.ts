import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

import { settleReceiving } from './data-receiving.ts';
import { giveBuffer, takeBuffer } from './receive-buffers.ts';

export interface StreamReceiving {
  take(chunk: Buffer): Promise<void>;
  readonly signal: AbortSignal;
  /** What is paused where too much comes. Default: the stream itself. */
  readonly source?: Socket;
}

/** All that comes through a stream. TLS gives 16 KB at a time: what comes in one turn of the loop, or while a chunk is taken, is joined. */
export async function receiveStream(stream: Socket, { take, signal, source = stream }: StreamReceiving): Promise<void> {
  const receiving = settleReceiving(signal);
  const buffer = takeBuffer();
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let isTaking = false;

  const takeNext = (): void => {
    isTaking = waiting.length > 0;
    if (!isTaking) return;
    const chunk = joinFirst(waiting, buffer);
    waitingBytes -= chunk.length;
    if (waitingBytes < buffer.length) source.resume();
    receiving.run(take(chunk), takeNext);
  };
  const onData = (chunk: Buffer): void => {
    waiting.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes >= buffer.length) source.pause();
    if (isTaking) return;
    isTaking = true;
    receiving.run(turn(), takeNext);
  };
  stream.on('data', onData);
  stream.resume();
  try {
    await receiving.until(stream);
    giveBuffer(buffer);
  } finally {
    stream.off('data', onData);
  }
}

/** As many of them as the buffer holds; a single one stays where it is. */
function joinFirst(chunks: Buffer[], buffer: Buffer): Buffer {
  const [first = buffer] = chunks;
  let count = 0;
  let length = 0;
  for (const chunk of chunks) {
    if (length + chunk.length > buffer.length) break;
    length += chunk.length;
    count += 1;
  }
  if (count <= 1) {
    chunks.shift();
    return first;
  }
  let at = 0;
  for (const chunk of chunks.splice(0, count)) at += chunk.copy(buffer, at);
  return buffer.subarray(0, length);
}
