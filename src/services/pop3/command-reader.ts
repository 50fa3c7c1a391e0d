import type { Duplex } from 'node:stream';

import { readChunks } from '../../wire/lines.ts';
import { maxResponseBytes } from '../mailbox/sasl.ts';

/** Takes lines from a peer one by one, when they are asked for. */
export interface CommandReader {
  /** Without its ending; null when there are no more. A line that was cut off is none: "DELE 1" may have been "DELE 12". */
  next(): Promise<Line | null>;
  /** Nothing has come behind the last line yet. */
  readonly isEmpty: boolean;
  /** Lets go of the stream. */
  close(): Promise<void>;
}

export type Line = Buffer | 'overlong';

const [lf, cr] = [10, 13];

export function createCommandReader(stream: Duplex, signal: AbortSignal): CommandReader {
  const chunks = readChunks(stream, signal);
  let kept: Buffer = Buffer.alloc(0);
  return {
    async next() {
      let isOverlong = false;
      for (;;) {
        const end = kept.indexOf(lf);
        if (end !== -1) {
          const line = kept.subarray(0, kept[end - 1] === cr ? end - 1 : end);
          kept = kept.subarray(end + 1);
          return isOverlong || line.length > maxResponseBytes ? 'overlong' : line;
        }
        if (kept.length > maxResponseBytes + 1) {
          isOverlong = true;
          kept = Buffer.alloc(0);
        }
        const { value, done } = await chunks.next();
        if (done === true) return null;
        kept = kept.length === 0 ? value : Buffer.concat([kept, value]);
      }
    },
    get isEmpty() {
      return kept.length === 0 && stream.readableLength === 0;
    },
    async close() {
      await chunks.return();
    },
  };
}
