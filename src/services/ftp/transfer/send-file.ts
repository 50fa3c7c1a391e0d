import fs from 'node:fs';

import type { DataConnection } from '../../../contract/data-connection.ts';
import type { OpenFile } from '../../../contract/tree.ts';
import { asciiOut } from './ascii.ts';
import { createOutput } from './output.ts';
import { transfer, type TransferOptions, type TransferResult } from './transfer.ts';

export interface SendOptions extends TransferOptions {
  /** Bytes of the file that are left out. */
  readonly offset: number;
  /** A: line endings become CRLF. */
  readonly type: 'A' | 'I';
}

/** RETR: what the file had when it was opened. Ends the connection, so that the peer knows that it has all. */
export function sendFile(data: DataConnection, file: OpenFile, options: SendOptions): Promise<TransferResult> {
  return transfer(data, options, async (signal) => {
    const length = Math.max(0, file.entry.size - options.offset);
    const part = { fd: file.fd, offset: options.offset, length };
    const bytes = options.type === 'A' ? await sendText(data, part, signal) : await sendBytes(data, part);
    await data.end();
    return bytes;
  });
}

interface Part {
  readonly fd: number;
  readonly offset: number;
  readonly length: number;
}

async function sendBytes(data: DataConnection, part: Part): Promise<number> {
  if (part.length > 0) await data.sendFile(part);
  return part.length;
}

const readBytes = 256 * 1024;

async function sendText(data: DataConnection, { fd, offset, length }: Part, signal: AbortSignal): Promise<number> {
  const translate = asciiOut();
  const output = createOutput(data.stream);
  const end = offset + length;
  let bytes = 0;
  let buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, length));
  let other = Buffer.allocUnsafeSlow(buffer.length);
  for (let at = offset; at < end;) {
    const count = await read(fd, buffer, Math.min(buffer.length, end - at), at);
    if (count === 0) throw new Error('send a file: it has become shorter');
    at += count;
    const text = translate(buffer.subarray(0, count));
    bytes += text.length;
    // The one before is gone once this is taken, so that its buffer is free again.
    await output.write(text);
    signal.throwIfAborted();
    [buffer, other] = [other, buffer];
  }
  await output.flush();
  return bytes;
}

function read(fd: number, buffer: Buffer, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, buffer, 0, length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
