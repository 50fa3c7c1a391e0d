import type { Readable } from 'node:stream';

// Bytes to lines, for untrusted bytes. Whatever arrives, a splitter holds at most `maxBytes` and one carriage return.

export interface Line {
  /** Without its ending. Empty when the line was overlong. */
  readonly bytes: Buffer;
  /** Longer than `maxBytes`: reported as soon as that is known, once; the rest of it is skipped. */
  readonly overlong: boolean;
}

export interface LineSplitter {
  /**
   * The lines that end in the chunk, made one by one as they are asked for: a chunk of nothing but newlines would be some
   * hundred times its size as a list. Has to be used up before the next push.
   */
  push(chunk: Buffer): Generator<Line, void, void>;
  /** The last line, if the stream ended before its newline. */
  end(): Line | null;
}

/** Lines end with LF or CRLF; `maxBytes` does not count the ending. */
export function createLineSplitter({ maxBytes }: { readonly maxBytes: number }): LineSplitter {
  let kept = Buffer.alloc(0);
  let keptBytes = 0;
  let isSkipping = false;

  // Doubles as it grows, so that a line sent byte by byte costs no more than one sent whole.
  const keep = (part: Buffer): void => {
    const needed = keptBytes + part.length;
    if (needed > kept.length) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, 2 * kept.length, 64), maxBytes + 1));
      kept.copy(larger, 0, 0, keptBytes);
      kept = larger;
    }
    part.copy(kept, keptBytes);
    keptBytes = needed;
  };
  const take = (): Buffer => {
    const line = kept.subarray(0, keptBytes);
    kept = Buffer.alloc(0);
    keptBytes = 0;
    return line;
  };
  const fits = (last: Buffer): boolean => {
    const length = keptBytes + last.length;
    if (length <= maxBytes) return true;
    const lastByte = last.length > 0 ? last[last.length - 1] : kept[keptBytes - 1];
    return length === maxBytes + 1 && lastByte === 13;
  };
  const overlong = (): Line => {
    take();
    return { bytes: Buffer.alloc(0), overlong: true };
  };
  const whole = (last: Buffer): Line => {
    if (!fits(last)) return overlong();
    if (keptBytes === 0) return { bytes: withoutReturn(last), overlong: false };
    keep(last);
    return { bytes: withoutReturn(take()), overlong: false };
  };

  return {
    *push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        const last = chunk.subarray(start, end);
        start = end + 1;
        if (isSkipping) isSkipping = false;
        else yield whole(last);
      }
      const rest = chunk.subarray(start);
      if (isSkipping || rest.length === 0) return;
      if (fits(rest)) return keep(rest);
      isSkipping = true;
      yield overlong();
    },
    end: () => (keptBytes === 0 ? null : whole(Buffer.alloc(0))),
  };
}

function withoutReturn(line: Buffer): Buffer {
  return line[line.length - 1] === 13 ? line.subarray(0, -1) : line;
}

export interface ReadLinesOptions {
  readonly maxBytes: number;
  /** Its abort ends the lines; the stream is left as it is, so that a last word can be said. */
  readonly signal?: AbortSignal;
  /** Stands between the stream and the lines, such as a telnet filter. */
  readonly filter?: (chunk: Buffer) => Buffer;
}

/**
 * The lines of a stream, an unfinished last one included. Reads only while lines are asked for. Throws the stream's error;
 * never destroys the stream. A stream that was destroyed without an error simply has no more lines.
 */
export async function* readLines(stream: Readable, options: ReadLinesOptions): AsyncGenerator<Line, void, void> {
  const { maxBytes, signal, filter } = options;
  const splitter = createLineSplitter({ maxBytes });
  for await (const chunk of readChunks(stream, signal)) {
    for (const line of splitter.push(filter === undefined ? chunk : filter(chunk))) {
      if (signal?.aborted === true) return;
      yield line;
    }
  }
  const last = signal?.aborted === true || !stream.readableEnded ? null : splitter.end();
  if (last !== null) yield last;
}

/** Like a stream's own iterator, but leaves the stream alone when it ends, and stops at an abort without an error. */
export async function* readChunks(
  stream: Readable,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, void> {
  let wake = (): void => {};
  const onWake = (): void => wake();
  for (const event of wakingEvents) stream.on(event, onWake);
  signal?.addEventListener('abort', onWake);
  try {
    while (signal?.aborted !== true) {
      if (stream.errored !== null) throw stream.errored;
      const chunk: Buffer | null = stream.destroyed ? null : stream.read();
      if (chunk !== null) yield chunk;
      else if (stream.readableEnded || stream.destroyed) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    for (const event of wakingEvents) stream.off(event, onWake);
    signal?.removeEventListener('abort', onWake);
  }
}

const wakingEvents = ['readable', 'end', 'error', 'close'] as const;
