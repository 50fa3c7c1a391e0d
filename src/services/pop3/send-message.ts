import type { FileHandle } from 'node:fs/promises';
import type { Duplex } from 'node:stream';

import { createDotStuffer } from '../../wire/dot-stuffing.ts';
import { readFile } from './message-sizes.ts';
import { write } from '../../wire/room.ts';
import type { Top } from './top.ts';

export interface Sending {
  readonly stream: Duplex;
  readonly handle: FileHandle;
  /** The line before the message. */
  readonly first: string;
  /** null: all of it. */
  readonly top: Top | null;
}

/** Sends a message piece by piece, as the peer takes it. False: the peer is gone. */
export async function sendMessage({ stream, handle, first, top }: Sending): Promise<boolean> {
  const stuffer = createDotStuffer();
  // What is small goes out in one piece.
  let waiting: Buffer[] = [Buffer.from(first)];
  let waitingBytes = 0;
  for await (const chunk of readFile(handle)) {
    waiting.push(stuffer.push(top === null ? chunk : top.push(chunk)));
    waitingBytes += chunk.length;
    if (top?.isOver === true) break;
    if (waitingBytes < enoughBytes) continue;
    await write(stream, Buffer.concat(waiting));
    if (stream.destroyed) return false;
    waiting = [];
    waitingBytes = 0;
  }
  await write(stream, Buffer.concat([...waiting, stuffer.end()]));
  return !stream.destroyed;
}

const enoughBytes = 32_768;
