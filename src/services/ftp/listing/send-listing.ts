import type { DataConnection } from '../../../contract/data-connection.ts';
import { sendStream } from '../files/send-stream.ts';
import { sendLines, type TransferOptions } from '../transfer/index.ts';
import { Readable } from 'node:stream';

/** Lines over a data connection, in UTF-8, or in Latin-1 for who reads nothing else. */
export async function sendListing(
  data: DataConnection,
  lines: AsyncIterable<string>,
  { isLatin1, ...options }: TransferOptions & { readonly isLatin1: boolean },
): Promise<void> {
  if (!isLatin1) await sendLines(data, lines, options);
  else await sendStream(data, Readable.from(encoded(lines), { objectMode: true }), { ...options, type: 'I' });
}

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<Buffer, void, void> {
  // What Latin-1 does not have shows as "?", and not as some other letter.
  for await (const line of lines) yield Buffer.from(`${line.replaceAll(/[^\0-\xff]/gu, '?')}\r\n`, 'latin1');
}
