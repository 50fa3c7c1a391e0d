import type { JournalEntry } from '../contract/journal.ts';
import type { EndReason } from '../contract/session.ts';

// Ended sessions as text, on their way from a worker to the database: fields are separated by "|", entries by ";". Each
// session pays for it, so it is put together without JSON, and as the text travels as a JSON string twice, nothing in it
// needs an escape there: what would is written "%HH", as are the separators and "%" itself.

const special = /[\p{Cc}\p{Cs}"%;\\|]/u;
const everySpecial = /[\p{Cc}"%;\\|]/gu;
const fieldCount = 11;

const reasons: ReadonlySet<string> = new Set<EndReason>(['end', 'idle', 'session', 'kick', 'drain', 'error']);

/** One entry of a block; null becomes an empty field. */
export function formatEntry(entry: JournalEntry): string {
  const { account, tls, bytes } = entry;
  return (
    `${entry.id}|${escapeField(entry.service)}|${escapeField(entry.peer)}|${escapeField(entry.local)}|` +
    `${account === null ? '' : escapeField(account)}|${tls === null ? '' : escapeField(tls)}|` +
    `${Math.round(entry.started)}|${microseconds(entry)}|${bytes.in ?? ''}|${bytes.out ?? ''}|${entry.reason}`
  );
}

/** When the session ended, milliseconds since 1970: the same before and after a trip as text. */
export function endOf(entry: JournalEntry): number {
  return Math.round(entry.started) + Math.round(microseconds(entry) / 1000);
}

export interface ParsedBlock {
  readonly entries: JournalEntry[];
  /** How many were left out because they could not be read. */
  readonly damaged: number;
}

/** Reads the entries of a block, whatever has become of it. */
export function parseBlock(text: string): ParsedBlock {
  const entries: JournalEntry[] = [];
  let damaged = 0;
  for (const part of text === '' ? [] : text.split(';')) {
    const entry = parseEntry(part);
    if (entry === null) damaged += 1;
    else entries.push(entry);
  }
  return { entries, damaged };
}

/** A field as it stands in a block. */
export function escapeField(text: string): string {
  return special.test(text) ? text.toWellFormed().replace(everySpecial, escapeOne) : text;
}

function escapeOne(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

// As a whole number: cheaper to write than a fraction.
function microseconds({ duration }: JournalEntry): number {
  return Math.round(duration * 1e6);
}

function parseEntry(text: string): JournalEntry | null {
  const fields = text.split('|');
  if (fields.length !== fieldCount) return null;
  const [id = '', service = '', peer = '', local = '', account = '', tls = ''] = text.includes('%')
    ? fields.map(unescapeField)
    : fields;
  const [started, duration] = [parseCount(fields[6]), parseCount(fields[7])];
  const [bytesIn, bytesOut, reason = ''] = fields.slice(8);
  const bytes = { in: parseCount(bytesIn), out: parseCount(bytesOut) };
  const isWhole = started !== null && duration !== null && isCount(bytesIn, bytes.in) && isCount(bytesOut, bytes.out);
  if (!isWhole || id === '' || service === '' || !reasons.has(reason)) return null;
  return {
    id,
    service,
    peer,
    local,
    account: account === '' ? null : account,
    tls: tls === '' ? null : tls,
    started,
    duration: duration / 1e6,
    bytes,
    reason: reason as EndReason,
  };
}

function unescapeField(text: string): string {
  return text.replace(/%([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** Digits; null for anything else. */
function parseCount(text = ''): number | null {
  const count = Number(text);
  return text !== '' && Number.isSafeInteger(count) && count >= 0 && /^\d+$/.test(text) ? count : null;
}

/** A count is a number or nothing at all. */
function isCount(text: string | undefined, count: number | null): boolean {
  return count !== null || text === '';
}
