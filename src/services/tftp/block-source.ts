import fs from 'node:fs';
import { promisify } from 'node:util';

import { toNetascii } from './netascii.ts';

/** The bytes of a file as they are sent, of which a part is kept until it is acknowledged. */
export interface BlockSource {
  /**
   * So many bytes from there on, fewer at the end. What is before `position` is forgotten. Bytes that were given stay as they
   * are: a packet with them may still wait to be sent.
   */
  from(position: number, length: number): Promise<Buffer> | Buffer;
}

const read = promisify(fs.read);

// Read at once, where the window is smaller.
const pieceBytes = 64 << 10;

export function createBlockSource(fd: number, mode: 'octet' | 'netascii'): BlockSource {
  let kept: Buffer = Buffer.alloc(0);
  /** Of the first byte that is kept, in what is sent. */
  let keptAt = 0;
  /** In the file. */
  let readAt = 0;
  let isAtEnd = false;

  const readPiece = async (length: number): Promise<Buffer> => {
    const piece = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await read(fd, piece, 0, length, readAt);
    readAt += bytesRead;
    isAtEnd = bytesRead === 0;
    return piece.subarray(0, bytesRead);
  };
  const fill = async (length: number): Promise<Buffer> => {
    while (kept.length < length && !isAtEnd) {
      const piece = await readPiece(Math.max(pieceBytes, length - kept.length));
      const more = mode === 'octet' ? piece : toNetascii(piece);
      kept = kept.length === 0 ? more : Buffer.concat([kept, more]);
    }
    return kept.subarray(0, length);
  };
  return {
    from(position, length) {
      kept = kept.subarray(position - keptAt);
      keptAt = position;
      return kept.length >= length || isAtEnd ? kept.subarray(0, length) : fill(length);
    },
  };
}
