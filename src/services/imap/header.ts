import type { MessageText } from './message-text.ts';

/** One field of a header, in latin1: every byte is one character. */
export interface Field {
  /** In lower case. */
  readonly name: string;
  /** With its name, its folded lines and its line ending. */
  readonly text: string;
}

// Nobody has larger ones. What is behind is seen by who fetches the whole message.
export const maxHeaderBytes = 1_048_576;

/** The header at the beginning, with the empty line that ends it. */
export async function readHeader(message: Pick<MessageText, 'read'>): Promise<Buffer> {
  let header: Buffer = Buffer.alloc(0);
  for await (const chunk of message.read(0, maxHeaderBytes)) {
    const looked = Math.max(header.length - 3, 0);
    header = header.length === 0 ? chunk : Buffer.concat([header, chunk]);
    if (header[0] === 13 && header[1] === 10) return header.subarray(0, 2);
    const end = header.indexOf('\r\n\r\n', looked);
    if (end !== -1) return header.subarray(0, end + 4);
  }
  return header;
}

/** Lines that are no field are passed over. */
export function* fieldsOf(header: string): Generator<Field, void, void> {
  for (let at = 0; at < header.length;) {
    const end = endOfField(header, at);
    const text = header.slice(at, end);
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(colon, 0)).trimEnd();
    if (name.length < 1_000 && /^[!-9;-~]+$/.test(name)) yield { name: name.toLowerCase(), text };
    at = end;
  }
}

/** Lines that begin with a space or a tab belong to the one before. */
function endOfField(text: string, start: number): number {
  for (let at = start; ;) {
    const end = text.indexOf('\n', at);
    if (end === -1) return text.length;
    at = end + 1;
    if (text[at] !== ' ' && text[at] !== '\t') return at;
  }
}

/** On one line. */
export function valueOf({ text }: Field): string {
  return text
    .slice(text.indexOf(':') + 1)
    .replaceAll(/\r?\n/g, '')
    .replaceAll('\t', ' ')
    .trim();
}

/** The first of each of these, by name. */
export function pickFields(header: string, names: ReadonlySet<string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const field of fieldsOf(header)) {
    if (names.has(field.name) && !found.has(field.name)) found.set(field.name, valueOf(field));
  }
  return found;
}

/** RFC 9051 6.4.5.1: those that are named, or all but those, and an empty line. */
export function selectFields(header: Buffer, names: readonly string[], isNot: boolean): Buffer {
  const wanted = new Set(names);
  const kept = [...fieldsOf(header.toString('latin1'))].filter(({ name }) => wanted.has(name) !== isNot);
  return Buffer.from(`${kept.map(({ text }) => text).join('')}\r\n`, 'latin1');
}
