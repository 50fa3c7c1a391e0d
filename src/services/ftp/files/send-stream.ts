import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

import type { DataConnection } from '../../../contract/data-connection.ts';
import type { TransferType } from '../grammar/command.ts';
import { asciiOut } from '../transfer/index.ts';
import { transfer, type TransferOptions, type TransferResult } from '../transfer/transfer.ts';

/** RETR of what is no file of ours. */
export function sendStream(
  data: DataConnection,
  source: Readable,
  { type, ...options }: TransferOptions & { readonly type: TransferType },
): Promise<TransferResult> {
  return transfer(data, options, async (signal) => {
    const translate = type === 'A' ? asciiOut() : null;
    let bytes = 0;
    // A source that gives nothing more is not waited for.
    signal.addEventListener('abort', () => source.destroy(signal.reason as Error), { once: true });
    for await (const piece of source) {
      const chunk = Buffer.from(piece as string | Uint8Array);
      const text = translate === null ? chunk : translate(chunk);
      bytes += text.length;
      await writeTo(data, text);
      signal.throwIfAborted();
    }
    await finished(source, { writable: false });
    await data.end();
    return bytes;
  }).finally(() => source.destroy());
}

function writeTo({ stream }: DataConnection, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error == null ? resolve() : reject(error)));
  });
}
