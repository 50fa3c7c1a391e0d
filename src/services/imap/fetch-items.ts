import { Flaw, type Cursor } from './cursor.ts';

/** What a FETCH asks for (RFC 9051 6.4.5). */
export type FetchItem =
  | { readonly kind: 'FLAGS' | 'UID' | 'INTERNALDATE' | 'RFC822.SIZE' | 'ENVELOPE' | 'BODYSTRUCTURE' | 'BODY' }
  | SectionItem
  | { readonly kind: 'size'; readonly part: readonly number[]; readonly label: string };

export interface SectionItem {
  /** 'binary': without its transfer encoding. */
  readonly kind: 'section' | 'binary';
  readonly section: Section;
  readonly isPeek: boolean;
  readonly partial: Partial | null;
  /** What stands before it in the answer. */
  readonly label: string;
}

export interface Section {
  /** The numbers of the part; empty: the message. */
  readonly part: readonly number[];
  readonly what: 'all' | 'header' | 'fields' | 'fields-not' | 'text' | 'mime';
  /** Names of fields, in lower case. */
  readonly fields: readonly string[];
}

export interface Partial {
  readonly from: number;
  readonly length: number;
}

const maxItems = 64;
const maxFields = 256;
const maxPartDepth = 32;

const macros: Readonly<Record<string, readonly FetchItem[]>> = {
  FAST: [{ kind: 'FLAGS' }, { kind: 'INTERNALDATE' }, { kind: 'RFC822.SIZE' }],
  ALL: [{ kind: 'FLAGS' }, { kind: 'INTERNALDATE' }, { kind: 'RFC822.SIZE' }, { kind: 'ENVELOPE' }],
  FULL: [{ kind: 'FLAGS' }, { kind: 'INTERNALDATE' }, { kind: 'RFC822.SIZE' }, { kind: 'ENVELOPE' }, { kind: 'BODY' }],
};

export function parseFetchItems(cursor: Cursor): readonly FetchItem[] {
  if (cursor.peek() === '(') return cursor.list(() => parseItem(cursor), maxItems);
  const macro = cursor.match(/(?:FAST|ALL|FULL)(?= *$)/iy);
  return (macro === null ? undefined : macros[macro.toUpperCase()]) ?? [parseItem(cursor)];
}

function parseItem(cursor: Cursor): FetchItem {
  const word = (cursor.match(/[A-Z0-9.]+/iy) ?? '').toUpperCase();
  switch (word) {
    case 'FLAGS':
    case 'UID':
    case 'INTERNALDATE':
    case 'RFC822.SIZE':
    case 'ENVELOPE':
    case 'BODYSTRUCTURE':
      return { kind: word };
    case 'RFC822':
      return whole(word, 'all', false);
    case 'RFC822.HEADER':
      return whole(word, 'header', true);
    case 'RFC822.TEXT':
      return whole(word, 'text', false);
    case 'BODY':
      return cursor.peek() === '[' ? parseBody(cursor, false) : { kind: 'BODY' };
    case 'BODY.PEEK':
      return parseBody(cursor, true);
    case 'BINARY':
    case 'BINARY.PEEK':
      return parseBinary(cursor, word === 'BINARY.PEEK');
    case 'BINARY.SIZE': {
      const part = parseBracketedPart(cursor);
      return { kind: 'size', part, label: `BINARY.SIZE[${part.join('.')}]` };
    }
    default:
      throw new Flaw('There is no such thing to fetch');
  }
}

function whole(label: string, what: Section['what'], isPeek: boolean): SectionItem {
  return { kind: 'section', section: { part: [], what, fields: [] }, isPeek, partial: null, label };
}

function parseBody(cursor: Cursor, isPeek: boolean): SectionItem {
  cursor.need('[');
  const part = parsePart(cursor);
  const hasText = part.length === 0 ? cursor.peek() !== ']' : cursor.skip('.');
  const section = hasText ? parseSectionText(cursor, part) : { part, what: 'all' as const, fields: [] };
  cursor.need(']');
  const partial = parsePartial(cursor);
  return { kind: 'section', section, isPeek, partial, label: `BODY[${showSection(section)}]${showOrigin(partial)}` };
}

function parseBinary(cursor: Cursor, isPeek: boolean): SectionItem {
  const part = parseBracketedPart(cursor);
  const partial = parsePartial(cursor);
  const label = `BINARY[${part.join('.')}]${showOrigin(partial)}`;
  return { kind: 'binary', section: { part, what: 'all', fields: [] }, isPeek, partial, label };
}

function parseBracketedPart(cursor: Cursor): readonly number[] {
  cursor.need('[');
  const part = parsePart(cursor);
  cursor.need(']');
  return part;
}

function parsePart(cursor: Cursor): readonly number[] {
  const text = cursor.match(/[1-9]\d{0,9}(?:\.[1-9]\d{0,9})*/y);
  const part = text === null ? [] : text.split('.').map(Number);
  if (part.length > maxPartDepth) throw new Flaw('The part is too deep');
  return part;
}

function parseSectionText(cursor: Cursor, part: readonly number[]): Section {
  const word = (cursor.match(/[A-Z.]+/iy) ?? '').toUpperCase();
  if (word === 'HEADER') return { part, what: 'header', fields: [] };
  if (word === 'TEXT') return { part, what: 'text', fields: [] };
  if (word === 'MIME' && part.length > 0) return { part, what: 'mime', fields: [] };
  if (word !== 'HEADER.FIELDS' && word !== 'HEADER.FIELDS.NOT') throw new Flaw('There is no such section');
  cursor.need(' ');
  const fields = cursor.list(() => parseFieldName(cursor), maxFields);
  if (fields.length === 0) throw new Flaw('Names of fields are missing');
  return { part, what: word === 'HEADER.FIELDS' ? 'fields' : 'fields-not', fields };
}

/** RFC 5322 2.2. */
function parseFieldName(cursor: Cursor): string {
  const name = cursor.astring();
  if (!/^[!-9;-~]{1,200}$/.test(name)) throw new Flaw('That is no name of a field');
  return name.toLowerCase();
}

function parsePartial(cursor: Cursor): Partial | null {
  if (!cursor.skip('<')) return null;
  const from = cursor.number64();
  cursor.need('.');
  const length = cursor.number64();
  cursor.need('>');
  if (length === 0) throw new Flaw('A part of no length');
  return { from, length };
}

function showOrigin(partial: Partial | null): string {
  return partial === null ? '' : `<${partial.from}>`;
}

function showSection({ part, what, fields }: Section): string {
  const names = ` (${fields.map(showField).join(' ')})`;
  const text = { all: '', header: 'HEADER', text: 'TEXT', mime: 'MIME', fields: '', 'fields-not': '' }[what];
  const shown =
    what === 'fields' ? `HEADER.FIELDS${names}` : what === 'fields-not' ? `HEADER.FIELDS.NOT${names}` : text;
  return [...part, ...(shown === '' ? [] : [shown])].join('.');
}

function showField(name: string): string {
  const upper = name.toUpperCase();
  return /^[^(){%*"\\\]]+$/.test(upper) ? upper : `"${upper.replaceAll(/["\\]/g, '\\$&')}"`;
}
