import { Flaw, type Cursor } from './cursor.ts';
import { parseDay, type Day } from './dates.ts';
import { lettersOf } from './flags.ts';
import { parseSequenceSet, type SequenceSet } from './sequence-set.ts';

/** What a SEARCH looks for (RFC 9051 6.4.4), the old keys of RFC 3501 among it. */
export type SearchKey =
  | { readonly key: 'all' | 'none' | 'new' | 'old' | 'recent' }
  | { readonly key: 'and'; readonly all: readonly SearchKey[] }
  | { readonly key: 'or'; readonly either: readonly SearchKey[] }
  | { readonly key: 'not'; readonly of: SearchKey }
  | { readonly key: 'numbers' | 'uids'; readonly set: SequenceSet }
  /** A letter as in the name of the file. */
  | { readonly key: 'flag'; readonly letter: string }
  | { readonly key: 'before' | 'on' | 'since' | 'sentbefore' | 'senton' | 'sentsince'; readonly day: Day }
  | { readonly key: 'larger' | 'smaller'; readonly bytes: number }
  | { readonly key: 'header'; readonly field: string; readonly text: string }
  | { readonly key: 'body' | 'text'; readonly text: string };

export interface Search {
  readonly key: SearchKey;
  /** What to tell; null: the numbers, in the old way. */
  readonly returns: readonly SearchReturn[] | null;
}

const searchReturns = ['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE'] as const;
export type SearchReturn = (typeof searchReturns)[number];

/** The charset is none that is known here. */
export class BadCharset extends Error {
  override readonly name = 'BadCharset';
}

const maxKeys = 500;
const maxDepth = 30;
const maxTextLength = 1_024;

const flags: Readonly<Record<string, string>> = {
  ANSWERED: '\\Answered',
  DELETED: '\\Deleted',
  DRAFT: '\\Draft',
  FLAGGED: '\\Flagged',
  SEEN: '\\Seen',
};

/** What stands behind SEARCH. */
export function parseSearch(cursor: Cursor): Search {
  const returns = parseReturns(cursor);
  if (cursor.skip('CHARSET ')) {
    const charset = cursor.astring();
    if (!/^(?:utf-8|us-ascii)$/i.test(charset)) throw new BadCharset();
    cursor.need(' ');
  }
  const keys = createKeyParser(cursor);
  return { key: keys.row(() => cursor.isAtEnd), returns };
}

function parseReturns(cursor: Cursor): readonly SearchReturn[] | null {
  if (!cursor.skip('RETURN ')) return null;
  const returns = cursor.list(() => {
    const word = cursor.atom().toUpperCase();
    const known = searchReturns.find((name) => name === word);
    if (known === undefined) throw new Flaw('There is no such thing to return');
    return known;
  }, searchReturns.length);
  cursor.need(' ');
  // RFC 9051 6.4.4.
  return returns.length === 0 ? ['ALL'] : returns;
}

interface KeyParser {
  /** Keys with a space between; all of them have to hold. */
  row(isOver: () => boolean): SearchKey;
}

function createKeyParser(cursor: Cursor): KeyParser {
  let count = 0;
  let depth = 0;
  return { row };

  function row(isOver: () => boolean): SearchKey {
    const all = [one()];
    while (!isOver()) {
      cursor.need(' ');
      if (cursor.isAtEnd) break;
      all.push(one());
    }
    return all.length === 1 ? (all[0] as SearchKey) : { key: 'and', all };
  }

  function one(): SearchKey {
    count += 1;
    depth += 1;
    if (count > maxKeys || depth > maxDepth) throw new Flaw('The search is too large');
    const key = parse();
    depth -= 1;
    return key;
  }

  function parse(): SearchKey {
    if (cursor.skip('(')) return row(() => cursor.skip(')'));
    if (/[\d*$]/.test(cursor.peek())) return { key: 'numbers', set: parseSequenceSet(cursor) };
    const word = cursor.atom().toUpperCase();
    const flag = flags[word.replace(/^UN/, '')];
    if (Object.hasOwn(flags, word.replace(/^UN/, '')) && flag !== undefined) {
      return ifNot(word.startsWith('UN'), { key: 'flag', letter: lettersOf([flag]) });
    }
    return parseWord(word);
  }

  function parseWord(word: string): SearchKey {
    switch (word) {
      case 'ALL':
        return { key: 'all' };
      case 'NEW':
        return { key: 'new' };
      case 'OLD':
        return { key: 'old' };
      case 'RECENT':
        return { key: 'recent' };
      case 'KEYWORD':
      case 'UNKEYWORD': {
        const letter = lettersOf([argument(() => cursor.atom())]);
        return ifNot(word === 'UNKEYWORD', letter === '' ? { key: 'none' } : { key: 'flag', letter });
      }
      case 'NOT':
        return { key: 'not', of: argument(one) };
      case 'OR':
        return { key: 'or', either: [argument(one), argument(one)] };
      case 'UID':
        return { key: 'uids', set: argument(() => parseSequenceSet(cursor)) };
      case 'LARGER':
      case 'SMALLER':
        return { key: word === 'LARGER' ? 'larger' : 'smaller', bytes: argument(() => cursor.number64()) };
      case 'HEADER':
        return { key: 'header', field: argument(text).toLowerCase(), text: argument(text) };
      case 'FROM':
      case 'TO':
      case 'CC':
      case 'BCC':
      case 'SUBJECT':
        return { key: 'header', field: word.toLowerCase(), text: argument(text) };
      case 'BODY':
        return { key: 'body', text: argument(text) };
      case 'TEXT':
        return { key: 'text', text: argument(text) };
      default:
        return parseDate(word);
    }
  }

  function parseDate(word: string): SearchKey {
    const key = (['before', 'on', 'since', 'sentbefore', 'senton', 'sentsince'] as const).find(
      (name) => name.toUpperCase() === word,
    );
    if (key === undefined) throw new Flaw('There is no such key to search by');
    const day = parseDay(argument(() => cursor.astring()));
    if (day === null) throw new Flaw('There is no such day');
    return { key, day };
  }

  function argument<T>(parseIt: () => T): T {
    cursor.need(' ');
    return parseIt();
  }

  function text(): string {
    const found = cursor.astring();
    if (found.length > maxTextLength) throw new Flaw('The text is too long');
    return found;
  }
}

function ifNot(isNot: boolean, key: SearchKey): SearchKey {
  return isNot ? { key: 'not', of: key } : key;
}
