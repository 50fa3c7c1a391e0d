import fs from 'node:fs';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';

import { createDotStuffer } from '../../wire/dot-stuffing.ts';
import { write } from '../../wire/room.ts';

const read = promisify(fs.read);
const pieceBytes = 64 << 10;

/** Sends a text with the dots of RFC 1436 3.1, piece by piece as the peer takes it. */
export async function sendTextFile(stream: Duplex, fd: number): Promise<void> {
  const stuffer = createDotStuffer();
  for (let position = 0; !stream.destroyed;) {
    // A new one each time: the last may still wait to be sent.
    const piece = Buffer.allocUnsafe(pieceBytes);
    const { bytesRead } = await read(fd, piece, 0, pieceBytes, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    await write(stream, stuffer.push(piece.subarray(0, bytesRead)));
  }
  await write(stream, stuffer.end());
}

export function dotted(text: string): Buffer {
  const stuffer = createDotStuffer();
  return Buffer.concat([stuffer.push(Buffer.from(text)), stuffer.end()]);
}
