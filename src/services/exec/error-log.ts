import type { Logger } from '../../contract/logger.ts';
import { createLineSplitter } from '../../wire/lines.ts';

export interface ErrorLog {
  readonly write: (chunk: Buffer) => void;
  readonly end: () => void;
}

const maxLineBytes = 4096;
// What one program may say in a second; the rest is counted.
const maxLinesPerSecond = 100;

/**
 * Logs what a program writes to its standard error, a line each. Programs repeat there what peers sent, so control
 * characters are written out, and a flood becomes a number.
 */
export function createErrorLog(log: Logger, now: () => number = Date.now): ErrorLog {
  const splitter = createLineSplitter({ maxBytes: maxLineBytes });
  let second = 0;
  let linesInSecond = 0;
  let suppressed = 0;

  const say = (text: string): void => log.info(text, { event: 'program.stderr' });
  const saySuppressed = (): void => {
    if (suppressed > 0) say(`(${suppressed} more lines)`);
    suppressed = 0;
  };
  const take = (text: string): void => {
    if (text === '') return;
    const current = Math.floor(now() / 1000);
    if (current !== second) {
      second = current;
      linesInSecond = 0;
      saySuppressed();
    }
    linesInSecond += 1;
    if (linesInSecond <= maxLinesPerSecond) say(text);
    else suppressed += 1;
  };
  const takeLine = ({ bytes, overlong }: { bytes: Buffer; overlong: boolean }): void =>
    take(overlong ? `(a line of more than ${maxLineBytes} bytes)` : printable(bytes.toString()));

  return {
    write: (chunk) => splitter.push(chunk).forEach(takeLine),
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
