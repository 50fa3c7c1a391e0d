import type { FileHandle } from 'node:fs/promises';

import { octetsInName } from '../mailbox/maildir-name.ts';

/** A message as peers see it: each line ends with CRLF, whatever the file has. */
export interface MessageText extends AsyncDisposable {
  /** In octets. A file whose name does not tell it is read for it. */
  size(): Promise<number>;
  /** The bytes of this range, as far as there are any. */
  read(from: number, to: number): AsyncGenerator<Buffer, void, void>;
}

/** Sizes that had to be counted, by whatever names a message for good. */
export type KnownSizes = Map<string, number>;

const maxKnown = 200_000;
const chunkBytes = 65_536;
const [lf, cr] = [10, 13];

export interface OpenedFile {
  readonly handle: FileHandle;
  /** Of the file. */
  readonly name: string;
  /** Among all messages of all mailboxes. */
  readonly key: string;
}

export async function openMessageText({ handle, name, key }: OpenedFile, sizes: KnownSizes): Promise<MessageText> {
  const { size: fileBytes } = await handle.stat();
  // A name may lie. When it says what the file has, that is what is sent, byte for byte.
  let octets = octetsInName(name) === fileBytes ? fileBytes : sizes.get(key);
  return {
    async size() {
      octets ??= remember(key, await measure(), sizes);
      return octets;
    },
    read: (from, to) => (octets === fileBytes ? readFile(from, Math.min(to, fileBytes)) : readConverted(from, to)),
    [Symbol.asyncDispose]: () => handle.close(),
  };

  async function measure(): Promise<number> {
    let count = 0;
    for await (const chunk of convert(readFile(0, fileBytes))) count += chunk.length;
    return count;
  }

  async function* readConverted(from: number, to: number): AsyncGenerator<Buffer, void, void> {
    let at = 0;
    for await (const chunk of convert(readFile(0, fileBytes))) {
      const wanted = chunk.subarray(Math.max(from - at, 0), Math.max(to - at, 0));
      at += chunk.length;
      if (wanted.length > 0) yield wanted;
      if (at >= to) return;
    }
  }

  async function* readFile(from: number, to: number): AsyncGenerator<Buffer, void, void> {
    for (let position = from; position < to;) {
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, to - position));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

function remember(key: string, size: number, sizes: KnownSizes): number {
  const [oldest] = sizes.keys();
  if (sizes.size >= maxKnown && oldest !== undefined) sizes.delete(oldest);
  sizes.set(key, size);
  return size;
}

/** Puts a CR before each LF that has none. */
async function* convert(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  let before = 0;
  for await (const chunk of chunks) {
    yield withReturns(chunk, before);
    before = chunk.at(-1) ?? before;
  }
}

function withReturns(chunk: Buffer, before: number): Buffer {
  let bare = 0;
  for (let at = chunk.indexOf(lf); at !== -1; at = chunk.indexOf(lf, at + 1)) {
    if ((at === 0 ? before : chunk[at - 1]) !== cr) bare += 1;
  }
  if (bare === 0) return chunk;
  const converted = Buffer.allocUnsafe(chunk.length + bare);
  let [start, to] = [0, 0];
  for (let at = chunk.indexOf(lf); at !== -1; at = chunk.indexOf(lf, at + 1)) {
    if ((at === 0 ? before : chunk[at - 1]) === cr) continue;
    to += chunk.copy(converted, to, start, at);
    converted[to] = cr;
    to += 1;
    start = at;
  }
  chunk.copy(converted, to, start);
  return converted;
}
