import type { Piece } from './incoming.ts';

/** What a peer said is no command; the message is for it. */
export class Flaw extends Error {
  override readonly name = 'Flaw';
}

/** Goes through a command. What does not stand there as it should is a Flaw. */
export interface Cursor {
  /** Whether this stands next; then it is passed. Letters are compared without regard to case. */
  skip(text: string): boolean;
  /** This has to stand next. */
  need(text: string): void;
  /** The character that stands next; "" at the end and before a literal. */
  peek(): string;
  /** What the sticky pattern finds next; null: nothing. */
  match(pattern: RegExp): string | null;
  /** A number of 32 bits (RFC 9051 9). */
  number(): number;
  /** A number, or more than one can count with. */
  number64(): number;
  atom(): string;
  /** An atom, a quoted string or a literal, as UTF-8. */
  astring(): string;
  /** A quoted string or a literal. */
  string(): string;
  /** The things in parentheses, with a space between. */
  list<T>(item: () => T, most: number): T[];
  readonly isAtEnd: boolean;
  /** Nothing may follow. */
  end(): void;
}

const atomPattern = /[!#$&'+-Z[^-z|}~]+/y;
// RFC 9051 9, ASTRING-CHAR: "]" too.
const astringPattern = /[!#$&'+-Z[\]^-z|}~\x80-\xff]+/y;
// RFC 9051 9, list-char.
export const listPattern = /[!#$%&'*+-Z[\]^-z|}~\x80-\xff]+/y;
const quotedPattern = /"(?:[^"\\\r\n]|\\["\\])*"/y;

export function createCursor(pieces: readonly Piece[]): Cursor {
  let index = 0;
  let at = 0;
  const text = (): string => {
    const piece = pieces[index];
    return typeof piece === 'string' ? piece : '';
  };
  const cursor: Cursor = {
    skip(expected) {
      if (
        text()
          .slice(at, at + expected.length)
          .toUpperCase() !== expected.toUpperCase()
      )
        return false;
      at += expected.length;
      return true;
    },
    need(expected) {
      if (!cursor.skip(expected)) throw new Flaw(expected === ' ' ? 'Something is missing' : `${expected} is missing`);
    },
    peek: () => text().charAt(at),
    match(pattern) {
      pattern.lastIndex = at;
      const [found = null] = pattern.exec(text()) ?? [];
      if (found !== null) at += found.length;
      return found;
    },
    number() {
      const number = cursor.number64();
      if (number > 0xffff_ffff) throw new Flaw('The number is too large');
      return number;
    },
    number64() {
      const digits = cursor.match(/\d{1,19}/y);
      if (digits === null) throw new Flaw('A number is missing');
      return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
    },
    atom() {
      const atom = cursor.match(atomPattern);
      if (atom === null) throw new Flaw('A word is missing');
      return atom;
    },
    astring() {
      const plain = cursor.match(astringPattern);
      return plain === null ? cursor.string() : decode(Buffer.from(plain, 'latin1'));
    },
    string() {
      const quoted = cursor.match(quotedPattern);
      if (quoted !== null) return decode(Buffer.from(quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1'), 'latin1'));
      const literal = at === text().length ? pieces[index + 1] : undefined;
      if (!(literal instanceof Buffer)) throw new Flaw('A string is missing');
      index += 2;
      at = 0;
      return decode(literal);
    },
    list(item, most) {
      cursor.need('(');
      const items: ReturnType<typeof item>[] = [];
      while (!cursor.skip(')')) {
        if (items.length > 0) cursor.need(' ');
        if (items.length >= most) throw new Flaw('The list is too long');
        items.push(item());
      }
      return items;
    },
    get isAtEnd() {
      return index >= pieces.length - 1 && at === text().length;
    },
    end() {
      // Some mail programs put a space there.
      cursor.match(/ +$/y);
      if (!cursor.isAtEnd) throw new Flaw('That is too much');
    },
  };
  return cursor;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string {
  try {
    const text = utf8.decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // As below.
  }
  throw new Flaw('That is no text in UTF-8');
}
