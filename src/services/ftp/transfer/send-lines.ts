import type { DataConnection } from '../../../contract/data-connection.ts';
import { createOutput } from './output.ts';
import { transfer, type TransferOptions, type TransferResult } from './transfer.ts';

const chunkCharacters = 64 * 1024;

/** A listing: lines without their endings, in UTF-8 with CRLF behind each. Ends the connection. */
export function sendLines(
  data: DataConnection,
  lines: AsyncIterable<string> | Iterable<string>,
  options: TransferOptions,
): Promise<TransferResult> {
  return transfer(data, options, async (signal) => {
    const output = createOutput(data.stream);
    let bytes = 0;
    let text = '';
    const send = async (): Promise<void> => {
      const chunk = Buffer.from(text);
      text = '';
      bytes += chunk.length;
      await output.write(chunk);
      signal.throwIfAborted();
    };
    for await (const line of lines) {
      text += `${line}\r\n`;
      if (text.length >= chunkCharacters) await send();
    }
    if (text !== '') await send();
    await output.flush();
    await data.end();
    return bytes;
  });
}
