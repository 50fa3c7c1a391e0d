// The control connection's bytes to lines. Untrusted: a line has a limit, and what follows a longer one is skipped to its end.

import type { Duplex } from 'node:stream';

import { readChunks } from '../../../wire/lines.ts';
import { createTelnetFilter } from '../../../wire/telnet.ts';

export interface ControlReader {
  /** null: there are no more. A line that was cut off is none: "DELE a" may have been "DELE ab". */
  next(): Promise<ControlLine | null>;
  /** Nothing has come behind the last line yet. */
  readonly isEmpty: boolean;
  /** Lets go of the stream; a `next` that waits gives null. */
  close(): Promise<void>;
}

export type ControlLine = { readonly text: string } | 'overlong';

/** The longest path there is, and its verb. */
export const maxLineBytes = 4096 + 64;

const [lf, cr] = [10, 13];

export function createControlReader(stream: Duplex, signal: AbortSignal): ControlReader {
  const closing = new AbortController();
  const chunks = readChunks(stream, AbortSignal.any([signal, closing.signal]));
  const telnet = createTelnetFilter();
  let kept: Buffer = Buffer.alloc(0);
  let isSkipping = false;

  const takeLine = (): ControlLine | null => {
    const end = kept.indexOf(lf);
    if (end === -1) return takeUrgent();
    const line = kept.subarray(0, kept[end - 1] === cr ? end - 1 : end);
    kept = kept.subarray(end + 1);
    if (isSkipping) {
      isSkipping = false;
      return takeLine();
    }
    return line.length > maxLineBytes ? 'overlong' : { text: decodeLine(line) };
  };
  // Programs send ABOR as urgent data (RFC 959 4.1.3), whose last byte, here the LF, the kernel takes out of the stream.
  const takeUrgent = (): ControlLine | null => {
    if (kept.length > maxUrgentBytes || isSkipping || !/^[\xf0-\xff]*ABOR\r$/i.test(kept.toString('latin1')))
      return null;
    kept = Buffer.alloc(0);
    return { text: 'ABOR' };
  };

  return {
    async next() {
      for (;;) {
        const line = takeLine();
        if (line !== null) return line;
        if (kept.length > maxLineBytes + 1) {
          kept = Buffer.alloc(0);
          if (!isSkipping) {
            isSkipping = true;
            return 'overlong';
          }
        }
        const { value, done } = await chunks.next();
        if (done === true) return null;
        const text = telnet.push(value);
        kept = kept.length === 0 ? text : Buffer.concat([kept, text]);
      }
    },
    get isEmpty() {
      return kept.length === 0 && stream.readableLength === 0;
    },
    async close() {
      closing.abort();
      await chunks.return();
    },
  };
}

const maxUrgentBytes = 16;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** RFC 2640 3.1: UTF-8; from programs that know nothing of it, Latin-1. */
function decodeLine(line: Buffer): string {
  let start = 0;
  // What is left of telnet's IAC DM when its first byte was the urgent one.
  while ((line[start] ?? 0) >= 0xf0) start += 1;
  const text = line.subarray(start);
  try {
    return utf8.decode(text);
  } catch {
    return text.toString('latin1');
  }
}
