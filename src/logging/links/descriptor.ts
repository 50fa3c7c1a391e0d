import fs from 'node:fs';

import type { Link } from '../link.ts';

/** The part of `node:fs` that writes; tests bring their own. */
export interface DescriptorWriter {
  write(
    fd: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: null,
    done: (error: NodeJS.ErrnoException | null, written: number) => void,
  ): void;
  writeSync(fd: number, buffer: Buffer, offset: number, length: number): number;
}

export interface DescriptorLinkOptions {
  readonly fd: number;
  /** The link is closed and nothing writes any more: now the descriptor may be closed. */
  readonly released: () => void;
  /** The last link to the same file left a line unfinished. */
  readonly isTorn: boolean;
  readonly writer?: DescriptorWriter | undefined;
  /** Tells whether an unfinished line is now at the end of the file. */
  readonly torn: (isTorn: boolean) => void;
}

// A pipe or terminal that takes no more is asked again after this time; it cannot be waited for without blocking a thread.
const askAgainMs = 10;
// On the way out, a reader that is slow but alive gets this many chances.
const lastTries = 20;

/** Writes to a descriptor, one write at a time, off the event loop. */
export function createDescriptorLink(options: DescriptorLinkOptions): Link {
  const { fd, released, writer = fs } = options;
  let isTorn = options.isTorn;
  let isWriting = false;
  let isClosed = false;
  let askingAgain: NodeJS.Timeout | undefined;
  let rest: Buffer = Buffer.alloc(0);
  let scratch: Buffer = Buffer.alloc(0);

  return {
    send(lines, done) {
      const batch = encodeAgain(lines);
      rest = batch;
      proceed();

      function proceed(): void {
        isWriting = true;
        askingAgain = undefined;
        writer.write(fd, rest, 0, rest.length, null, (error, written) => {
          isWriting = false;
          if (error === null) rest = rest.subarray(written);
          if (isClosed) return finish(new Error('closed while writing'));
          if (error !== null && isBusy(error)) askingAgain = setTimeout(proceed, askAgainMs);
          else if (error !== null) finish(error);
          else if (written === 0) finish(new Error('nothing could be written'));
          else if (rest.length > 0) proceed();
          else finish(null);
        });
      }

      function finish(error: Error | null): void {
        const sent = countWhole(batch, batch.length - rest.length, isTorn);
        isTorn = error !== null && sent.isTorn;
        options.torn(isTorn);
        rest = Buffer.alloc(0);
        if (isClosed) released();
        done(error, sent.lines);
      }
    },
    sendNow(lines) {
      // What a thread is writing this moment gets written; what waits to be written again is ours to finish.
      const parts = isWriting ? [encode(lines)] : [rest, encode(lines)];
      clearTimeout(askingAgain);
      writeAllNow(writer, fd, Buffer.concat(parts));
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      clearTimeout(askingAgain);
      // Not under the feet of a thread that writes: the number could be another file's by then.
      if (!isWriting) released();
    },
  };

  function encode(lines: readonly string[]): Buffer {
    return Buffer.from(textOf(lines));
  }

  /** Into the same memory each time, because nothing of the last batch is left: a hundred times a second, it adds up. */
  function encodeAgain(lines: readonly string[]): Buffer {
    const text = textOf(lines);
    // Three bytes of UTF-8 are the most that one unit of UTF-16 can become.
    if (text.length * 3 > scratch.length) scratch = Buffer.allocUnsafeSlow(text.length * 3);
    return scratch.subarray(0, scratch.write(text));
  }

  // An unfinished line is ended first, so that it does not spoil the next one.
  function textOf(lines: readonly string[]): string {
    return lines.length > 0 && isTorn ? `\n${lines.join('')}` : lines.join('');
  }
}

function isBusy(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EAGAIN' || error.code === 'EINTR';
}

/** How many lines of the batch are whole within its first `length` bytes. */
function countWhole(batch: Buffer, length: number, beganTorn: boolean): { lines: number; isTorn: boolean } {
  let lines = 0;
  let from = beganTorn ? 1 : 0;
  for (;;) {
    const end = batch.indexOf(10, from);
    if (end === -1 || end >= length) break;
    lines += 1;
    from = end + 1;
  }
  return { lines, isTorn: beganTorn && length === 0 ? true : length > from };
}

function writeAllNow(writer: DescriptorWriter, fd: number, bytes: Buffer): void {
  let offset = 0;
  let triesLeft = lastTries;
  while (offset < bytes.length && triesLeft > 0) {
    try {
      offset += writer.writeSync(fd, bytes, offset, bytes.length - offset);
    } catch (error) {
      // Nobody is left to be told.
      if (!isBusy(error as NodeJS.ErrnoException)) return;
      triesLeft -= 1;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, askAgainMs);
    }
  }
}
