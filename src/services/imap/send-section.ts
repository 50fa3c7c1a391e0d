import type { SectionItem, Partial } from './fetch-items.ts';
import { readHeader, selectFields } from './header.ts';
import type { MessageText } from './message-text.ts';
import type { Out } from './out.ts';
import { findPart, rangeOfSection, type ByteRange } from './section-range.ts';
import { decodeTransfer } from './transfer-encoding.ts';
import type { Entity } from './entity.ts';

export interface SectionSource {
  readonly text: MessageText;
  entity(): Promise<Entity>;
}

/** The transfer encoding of a part is none that is known (RFC 3516 4.3). */
export class UnknownEncoding extends Error {
  override readonly name = 'UnknownEncoding';
}

/** Sends a part of a message, as it was asked for. NIL where there is none. */
export async function sendSection(out: Out, item: SectionItem, source: SectionSource): Promise<void> {
  const { section, label, partial, kind } = item;
  const { text } = source;
  if (section.part.length === 0 && /^(?:header|fields)/.test(section.what)) {
    return sendBytes(await readHeader(text));
  }
  const range = await findRange();
  if (range === null) return out.text(`${label} NIL`);
  if (section.what.startsWith('fields')) {
    // A header of a part is no longer than what is kept of one.
    return sendBytes(await readHeader(rangeText(text, range)));
  }
  if (kind === 'section')
    return stream('', range.to - range.from, (from, to) => text.read(range.from + from, range.from + to));
  const decoded = await openDecoded(source, section.part, range);
  return stream('~', await lengthOf(decoded()), (from, to) => cut(decoded(), from, to));

  async function findRange(): Promise<ByteRange | null> {
    if (section.part.length === 0 && section.what === 'all') return { from: 0, to: await text.size() };
    return rangeOfSection(await source.entity(), section);
  }

  function sendBytes(header: Buffer): void {
    const bytes =
      section.what === 'header' ? header : selectFields(header, section.fields, section.what === 'fields-not');
    const { from, to } = cutRange(bytes.length, partial);
    out.text(`${label} {${to - from}}\r\n`);
    out.bytes(bytes.subarray(from, to));
  }

  async function stream(mark: string, length: number, read: ReadRange): Promise<void> {
    const { from, to } = cutRange(length, partial);
    out.text(`${label} ${mark}{${to - from}}\r\n`);
    let left = to - from;
    for await (const chunk of read(from, to)) {
      out.bytes(chunk);
      left -= chunk.length;
      if (!(await out.ready())) return;
    }
    // The peer waits for the rest, and would take for it whatever came.
    if (left !== 0) throw new Error('a message has changed while it was read');
  }
}

type ReadRange = (from: number, to: number) => AsyncGenerator<Buffer, void, void>;

/** In octets, without the transfer encoding; null: there is no such part. */
export async function decodedSize(source: SectionSource, part: readonly number[]): Promise<number | null> {
  const range = rangeOfSection(await source.entity(), { part, what: 'all', fields: [] });
  if (range === null) return null;
  const decoded = await openDecoded(source, part, range);
  return lengthOf(decoded());
}

async function openDecoded(
  { text, entity }: SectionSource,
  part: readonly number[],
  range: ByteRange,
): Promise<() => AsyncGenerator<Buffer, void, void>> {
  const found = part.length === 0 ? null : findPart(await entity(), part);
  const encoding = found?.facts.fields.get('content-transfer-encoding') ?? '';
  return () => {
    const decoded = decodeTransfer(encoding, text.read(range.from, range.to));
    if (decoded === null) throw new UnknownEncoding();
    return decoded;
  };
}

async function lengthOf(chunks: AsyncIterable<Buffer>): Promise<number> {
  let length = 0;
  for await (const chunk of chunks) length += chunk.length;
  return length;
}

async function* cut(chunks: AsyncIterable<Buffer>, from: number, to: number): AsyncGenerator<Buffer, void, void> {
  let at = 0;
  for await (const chunk of chunks) {
    const wanted = chunk.subarray(Math.max(from - at, 0), Math.max(to - at, 0));
    at += chunk.length;
    if (wanted.length > 0) yield wanted;
    if (at >= to) return;
  }
}

/** RFC 9051 6.4.5: what is beyond the end is not there. */
function cutRange(length: number, partial: Partial | null): ByteRange {
  if (partial === null) return { from: 0, to: length };
  const from = Math.min(partial.from, length);
  return { from, to: Math.min(from + partial.length, length) };
}

function rangeText(text: MessageText, range: ByteRange): Pick<MessageText, 'read'> {
  return { read: (from, to) => text.read(range.from + from, Math.min(range.from + to, range.to)) };
}
