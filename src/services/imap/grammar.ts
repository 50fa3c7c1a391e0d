// A command from a peer (RFC 9051 6 and 9, RFC 3501). Pure: what may be done when is decided elsewhere.

import { createCursor, Flaw, type Cursor } from './cursor.ts';
import { parseDateTime } from './dates.ts';
import { parseFetchItems, type FetchItem } from './fetch-items.ts';
import { lettersOf, type FlagChange } from './flags.ts';
import type { Literal, Piece } from './incoming.ts';
import { parseListing, parseOldListing, parseStatusItems, type Listing, type StatusItem } from './list-options.ts';
import { BadCharset, parseSearch, type Search } from './search-keys.ts';
import { parseSequenceSet, type SequenceSet } from './sequence-set.ts';

/** Mailboxes are called as the peer has written them. */
export type Command =
  | { readonly verb: 'CAPABILITY' | 'NOOP' | 'LOGOUT' | 'STARTTLS' | 'ID' | 'NAMESPACE' | 'IDLE' }
  | { readonly verb: 'SELECT' | 'EXAMINE'; readonly mailbox: string }
  | OnMailboxes
  | { readonly verb: 'LOGIN'; readonly name: string; readonly password: string }
  /** `initial` null: it is asked for. */
  | { readonly verb: 'AUTHENTICATE'; readonly mechanism: string; readonly initial: string | null }
  | { readonly verb: 'ENABLE'; readonly names: readonly string[] }
  | { readonly verb: 'LIST' | 'LSUB'; readonly listing: Listing }
  | { readonly verb: 'STATUS'; readonly mailbox: string; readonly items: readonly StatusItem[] }
  | AppendCommand
  | OnSelected;

export type OnMailboxes =
  | { readonly verb: 'CREATE' | 'DELETE' | 'SUBSCRIBE' | 'UNSUBSCRIBE'; readonly mailbox: string }
  | { readonly verb: 'RENAME'; readonly mailbox: string; readonly to: string };

export interface AppendCommand {
  readonly verb: 'APPEND';
  readonly mailbox: string;
  /** Letters as in names of files. */
  readonly letters: string;
  /** Milliseconds since 1970; null: now. */
  readonly time: number | null;
  readonly message: Literal;
}

export type OnSelected = { readonly verb: 'CHECK' | 'CLOSE' | 'UNSELECT' | 'EXPUNGE' } | OnMessages;

/** `isUid`: the messages are told by their UIDs. */
type OnMessages = { readonly isUid: boolean } & (
  | { readonly verb: 'FETCH'; readonly set: SequenceSet; readonly items: readonly FetchItem[] }
  | { readonly verb: 'STORE'; readonly set: SequenceSet; readonly store: Store }
  | { readonly verb: 'COPY' | 'MOVE'; readonly set: SequenceSet; readonly mailbox: string }
  | { readonly verb: 'SEARCH'; readonly search: Search }
  | { readonly verb: 'UID EXPUNGE'; readonly set: SequenceSet }
);

export interface Store {
  readonly change: FlagChange;
  readonly letters: string;
  readonly isSilent: boolean;
}

export interface Parsed {
  /** null: there was none. */
  readonly tag: string | null;
  /** `flaw`: what to tell a peer that said something else; with the word for its answer. */
  readonly outcome: { readonly command: Command } | { readonly flaw: string; readonly word: 'BAD' | 'NO' };
}

const tagPattern = /[!#$&',-Z[\]^-z|}~]{1,100}(?= |$)/y;
const maxFlags = 64;

export function parseCommand(pieces: readonly Piece[], message: Literal | null): Parsed {
  const cursor = createCursor(pieces);
  const tag = cursor.match(tagPattern);
  if (tag === null) return { tag, outcome: { flaw: 'There is no tag', word: 'BAD' } };
  try {
    cursor.need(' ');
    const verb = (cursor.match(/[A-Za-z]{1,20}(?= |$)/y) ?? '').toUpperCase();
    const isUid = verb === 'UID' && cursor.skip(' ');
    const name = isUid ? `UID ${(cursor.match(/[A-Za-z]{1,20}(?= |$)/y) ?? '').toUpperCase()}` : verb;
    const command = parseArguments(name, cursor, message);
    if (command.verb !== 'APPEND') cursor.end();
    return { tag, outcome: { command } };
  } catch (error) {
    if (error instanceof BadCharset)
      return { tag, outcome: { flaw: '[BADCHARSET (UTF-8)] Say it in UTF-8', word: 'NO' } };
    if (!(error instanceof Flaw)) throw error;
    return { tag, outcome: { flaw: error.message, word: 'BAD' } };
  }
}

/** Whether what follows these pieces is the message of an APPEND. */
export function isBeforeMessage(pieces: readonly Piece[]): boolean {
  const cursor = createCursor(pieces);
  const isAppend = cursor.match(tagPattern) !== null && cursor.skip(' APPEND ');
  try {
    return isAppend && parseBeforeMessage(cursor) !== null && cursor.isAtEnd;
  } catch (error) {
    if (error instanceof Flaw) return false;
    throw error;
  }
}

function parseArguments(verb: string, cursor: Cursor, message: Literal | null): Command {
  const isUid = verb.startsWith('UID ');
  switch (verb) {
    case 'CAPABILITY':
    case 'NOOP':
    case 'LOGOUT':
    case 'STARTTLS':
    case 'NAMESPACE':
    case 'CHECK':
    case 'CLOSE':
    case 'UNSELECT':
    case 'EXPUNGE':
    case 'IDLE':
      return { verb };
    case 'SELECT':
    case 'EXAMINE':
    case 'CREATE':
    case 'DELETE':
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
      return { verb, mailbox: next(cursor) };
    case 'ID':
      skipIdentity(cursor);
      return { verb };
    case 'LOGIN':
      return { verb, name: next(cursor), password: next(cursor) };
    case 'AUTHENTICATE': {
      cursor.need(' ');
      const mechanism = cursor.atom().toUpperCase();
      return { verb, mechanism, initial: cursor.skip(' ') ? (cursor.match(/[A-Za-z0-9+/=]+/y) ?? '') : null };
    }
    case 'ENABLE':
      return { verb, names: parseNames(cursor) };
    case 'RENAME':
      return { verb, mailbox: next(cursor), to: next(cursor) };
    case 'LIST':
      cursor.need(' ');
      return { verb, listing: parseListing(cursor) };
    case 'LSUB':
      cursor.need(' ');
      return { verb, listing: parseOldListing(cursor) };
    case 'STATUS': {
      const mailbox = next(cursor);
      cursor.need(' ');
      return { verb, mailbox, items: parseStatusItems(cursor) };
    }
    case 'APPEND': {
      cursor.need(' ');
      const before = parseBeforeMessage(cursor);
      if (before === null || message === null) throw new Flaw('The message is missing');
      return { verb, ...before, message };
    }
    case 'FETCH':
    case 'UID FETCH': {
      const set = nextSet(cursor);
      cursor.need(' ');
      return { verb: 'FETCH', isUid, set, items: parseFetchItems(cursor) };
    }
    case 'STORE':
    case 'UID STORE': {
      const set = nextSet(cursor);
      cursor.need(' ');
      return { verb: 'STORE', isUid, set, store: parseStore(cursor) };
    }
    case 'COPY':
    case 'UID COPY':
    case 'MOVE':
    case 'UID MOVE':
      return { verb: verb.endsWith('COPY') ? 'COPY' : 'MOVE', isUid, set: nextSet(cursor), mailbox: next(cursor) };
    case 'SEARCH':
    case 'UID SEARCH':
      cursor.need(' ');
      return { verb: 'SEARCH', isUid, search: parseSearch(cursor) };
    case 'UID EXPUNGE':
      return { verb, isUid, set: nextSet(cursor) };
    default:
      throw new Flaw('There is no such command');
  }
}

function next(cursor: Cursor): string {
  cursor.need(' ');
  return cursor.astring();
}

function nextSet(cursor: Cursor): SequenceSet {
  cursor.need(' ');
  return parseSequenceSet(cursor);
}

function parseNames(cursor: Cursor): readonly string[] {
  const names: string[] = [];
  while (names.length < maxFlags && cursor.skip(' ')) names.push(cursor.atom().toUpperCase());
  if (names.length === 0) throw new Flaw('What to enable is missing');
  return names;
}

/** RFC 2971 3.1: NIL, or names and values; nobody looks at them. */
function skipIdentity(cursor: Cursor): void {
  cursor.need(' ');
  if (cursor.skip('NIL')) return;
  cursor.list(() => (cursor.skip('NIL') ? '' : cursor.string()), 60);
}

/** null: the mailbox is a literal that has not come yet. */
function parseBeforeMessage(cursor: Cursor): Pick<AppendCommand, 'mailbox' | 'letters' | 'time'> | null {
  if (cursor.isAtEnd) return null;
  const mailbox = cursor.astring();
  cursor.need(' ');
  let letters = '';
  let time: number | null = null;
  if (cursor.peek() === '(') {
    letters = lettersOf(cursor.list(() => parseFlag(cursor), maxFlags));
    cursor.need(' ');
  }
  if (cursor.peek() === '"') {
    time = parseDateTime(cursor.string());
    if (time === null) throw new Flaw('There is no such time');
    cursor.need(' ');
  }
  return { mailbox, letters, time };
}

function parseStore(cursor: Cursor): Store {
  const change = cursor.skip('+') ? 'add' : cursor.skip('-') ? 'remove' : 'replace';
  cursor.need('FLAGS');
  const isSilent = cursor.skip('.SILENT');
  cursor.need(' ');
  if (cursor.peek() === '(') {
    return { change, isSilent, letters: lettersOf(cursor.list(() => parseFlag(cursor), maxFlags)) };
  }
  const flags = [parseFlag(cursor)];
  while (flags.length < maxFlags && cursor.skip(' ')) flags.push(parseFlag(cursor));
  return { change, isSilent, letters: lettersOf(flags) };
}

function parseFlag(cursor: Cursor): string {
  return cursor.skip('\\') ? `\\${cursor.atom()}` : cursor.atom();
}
