import type { Logger } from '../contract/logger.ts';
import { createLineSplitter } from './lines.ts';

export interface ErrorLog {
  readonly write: (chunk: Buffer) => void;
  readonly end: () => void;
}

const maxLineBytes = 4096;
// What one program may say in a second; the rest is counted.
const maxLinesPerSecond = 100;
// Empty lines are not logged, but looking at each costs as much.
const maxLooksPerSecond = 1000;
const newline = 10;

/**
 * Logs what a program writes to its standard error, a line each. Programs repeat there what peers sent, so control
 * characters are written out, and a flood becomes a number.
 */
export function createErrorLog(log: Logger, now: () => number = Date.now): ErrorLog {
  const splitter = createLineSplitter({ maxBytes: maxLineBytes });
  let second = 0;
  let linesInSecond = 0;
  let looksInSecond = 0;
  let suppressed = 0;
  /** The last byte that was only counted was not a line's end. */
  let isInsideSuppressed = false;

  const say = (text: string): void => log.info(text, { event: 'program.stderr' });
  const saySuppressed = (): void => {
    if (suppressed > 0) say(`(${suppressed} more lines)`);
    suppressed = 0;
  };
  const beginSecond = (): void => {
    const current = Math.floor(now() / 1000);
    if (current === second) return;
    second = current;
    linesInSecond = 0;
    looksInSecond = 0;
    saySuppressed();
  };
  const isOver = (): boolean => linesInSecond >= maxLinesPerSecond || looksInSecond >= maxLooksPerSecond;
  const take = (text: string): void => {
    looksInSecond += 1;
    if (text === '') return;
    linesInSecond += 1;
    if (linesInSecond <= maxLinesPerSecond) say(text);
    else suppressed += 1;
  };
  const takeLine = ({ bytes, overlong }: { bytes: Buffer; overlong: boolean }): void =>
    take(overlong ? `(a line of more than ${maxLineBytes} bytes)` : printable(bytes.toString()));
  /** A program may write faster than lines can be made of it: others of the same process must not wait for that. */
  const count = (chunk: Buffer): void => {
    splitter.end();
    for (let at = 0; at < chunk.length; at++) if (chunk[at] === newline) suppressed += 1;
    isInsideSuppressed = chunk[chunk.length - 1] !== newline;
  };
  const withoutSuppressed = (chunk: Buffer): Buffer => {
    if (!isInsideSuppressed) return chunk;
    const end = chunk.indexOf(newline);
    if (end < 0) return chunk.subarray(chunk.length);
    isInsideSuppressed = false;
    suppressed += 1;
    return chunk.subarray(end + 1);
  };

  return {
    write(chunk) {
      beginSecond();
      if (isOver()) return count(chunk);
      for (const line of splitter.push(withoutSuppressed(chunk))) takeLine(line);
    },
    end() {
      const last = splitter.end();
      if (last !== null) takeLine(last);
      saySuppressed();
    },
  };
}

/** Tab aside, C0 and C1 controls as "\x1b". */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
