import { Flaw, listPattern, type Cursor } from './cursor.ts';

/** What LIST (RFC 9051 6.3.9, RFC 5258, 5819, 6154) or LSUB (RFC 3501 6.3.9) asks for. */
export interface Listing {
  readonly reference: string;
  readonly patterns: readonly string[];
  readonly select: readonly string[];
  readonly returns: readonly string[];
  /** Of each mailbox; null: nothing. */
  readonly status: readonly StatusItem[] | null;
}

const statusItems = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN', 'RECENT', 'DELETED', 'SIZE'] as const;
export type StatusItem = (typeof statusItems)[number];

const selections = ['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'];
const returnable = ['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE'];
const maxPatterns = 32;
const maxPatternLength = 512;

/** What stands behind LIST. */
export function parseListing(cursor: Cursor): Listing {
  const select = cursor.peek() === '(' ? cursor.list(() => optionOf(cursor, selections), selections.length) : [];
  if (select.length > 0 || cursor.peek() === ' ') cursor.need(' ');
  // RFC 5258 3: it needs something that it goes on from.
  if (select.includes('RECURSIVEMATCH') && !select.includes('SUBSCRIBED')) throw new Flaw('RECURSIVEMATCH of what?');
  const reference = cursor.astring();
  cursor.need(' ');
  const patterns =
    cursor.peek() === '(' ? cursor.list(() => parsePattern(cursor), maxPatterns) : [parsePattern(cursor)];
  return { reference, patterns, select, ...parseReturns(cursor) };
}

/** What stands behind LSUB. */
export function parseOldListing(cursor: Cursor): Listing {
  const reference = cursor.astring();
  cursor.need(' ');
  return { reference, patterns: [parsePattern(cursor)], select: [], returns: [], status: null };
}

export function parseStatusItems(cursor: Cursor): readonly StatusItem[] {
  const items = cursor.list(() => {
    const word = cursor.atom().toUpperCase();
    const item = statusItems.find((name) => name === word);
    if (item === undefined) throw new Flaw('There is no such thing to tell');
    return item;
  }, 2 * statusItems.length);
  if (items.length === 0) throw new Flaw('What is to be told is missing');
  return [...new Set(items)];
}

function parseReturns(cursor: Cursor): Pick<Listing, 'returns' | 'status'> {
  if (!cursor.skip(' RETURN ')) return { returns: [], status: null };
  let status: readonly StatusItem[] | null = null;
  const returns = cursor.list(() => {
    if (!cursor.skip('STATUS ')) return optionOf(cursor, returnable);
    status = parseStatusItems(cursor);
    return 'STATUS';
  }, 16);
  return { returns, status };
}

function optionOf(cursor: Cursor, known: readonly string[]): string {
  const option = cursor.atom().toUpperCase();
  if (!known.includes(option)) throw new Flaw('There is no such option');
  return option;
}

function parsePattern(cursor: Cursor): string {
  const pattern = cursor.match(listPattern) ?? cursor.string();
  if (pattern.length > maxPatternLength) throw new Flaw('The pattern is too long');
  return /[\x80-\xff]/.test(pattern) ? Buffer.from(pattern, 'latin1').toString() : pattern;
}
