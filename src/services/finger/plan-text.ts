import { printable } from '../../wire/printable.ts';

/**
 * Somebody's text as it may go to the terminal of a stranger (RFC 1288 3.3): lines with CRLF, and nothing in them that moves a cursor
 * or turns the text round. Letters of all scripts stay.
 */
export function planText(bytes: Buffer): string {
  const lines = bytes.toString('utf8').split(/\r\n|[\n\r\f\v]/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  return lines
    .map(
      (line) =>
        `${line
          .split('\t')
          .map((part) => printable(part))
          .join('\t')}\r\n`,
    )
    .join('');
}
