import type { MessageText } from '../../../src/services/imap/message-text.ts';

/** A message in memory, whose lines end with CRLF; it comes in pieces of so many bytes. */
export function textOf(content: string, pieceBytes = 7): MessageText {
  const bytes = Buffer.from(content.replaceAll(/\r?\n/g, '\r\n'), 'latin1');
  return {
    size: async () => bytes.length,
    async *read(from, to) {
      for (let at = from; at < Math.min(to, bytes.length); at += pieceBytes) {
        yield bytes.subarray(at, Math.min(at + pieceBytes, to, bytes.length));
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}
