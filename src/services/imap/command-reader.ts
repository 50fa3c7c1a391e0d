import type { Duplex } from 'node:stream';

import { readChunks } from '../../wire/lines.ts';

/** Takes what a peer sends, line by line and literal by literal, when it is asked for. */
export interface CommandReader {
  /** Without its ending; null when there are no more. A line that was cut off is none. */
  line(): Promise<Line | null>;
  /** Exactly so many bytes, in pieces; fewer when the peer has gone. */
  bytes(count: number): AsyncGenerator<Buffer, void, void>;
  /** Nothing has come behind what was taken last yet. */
  readonly isEmpty: boolean;
  /** Lets go of the stream. */
  close(): Promise<void>;
}

export type Line = Buffer | 'overlong';

/** Of all lines of a command together. RFC 7162 4 asks for 8192 at least. */
export const maxLineBytes = 65_536;

const [lf, cr] = [10, 13];

export function createCommandReader(stream: Duplex, signal: AbortSignal): CommandReader {
  const chunks = readChunks(stream, signal);
  let kept: Buffer = Buffer.alloc(0);
  return {
    async line() {
      let isOverlong = false;
      let looked = 0;
      for (;;) {
        const end = kept.indexOf(lf, looked);
        if (end !== -1) {
          const line = kept.subarray(0, kept[end - 1] === cr ? end - 1 : end);
          kept = kept.subarray(end + 1);
          return isOverlong || line.length > maxLineBytes ? 'overlong' : line;
        }
        if (kept.length > maxLineBytes + 1) {
          isOverlong = true;
          kept = Buffer.alloc(0);
        }
        looked = kept.length;
        if (!(await more())) return null;
      }
    },
    async *bytes(count) {
      for (let left = count; left > 0;) {
        if (kept.length === 0 && !(await more())) return;
        const piece = kept.subarray(0, left);
        kept = kept.subarray(piece.length);
        left -= piece.length;
        yield piece;
      }
    },
    get isEmpty() {
      return kept.length === 0 && stream.readableLength === 0;
    },
    async close() {
      await chunks.return();
    },
  };

  async function more(): Promise<boolean> {
    const { value, done } = await chunks.next();
    if (done === true) return false;
    kept = kept.length === 0 ? value : Buffer.concat([kept, value]);
    return true;
  }
}
