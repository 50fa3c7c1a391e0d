import { createHash } from 'node:crypto';

// Names of files in a Maildir: "UNIQUE:2,FLAGS", where UNIQUE stays what it is for the message's life. Characters are bytes
// (latin1): a name need be no text.

/** What stays the same whatever becomes of the message. */
export function uniqueOf(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(0, colon);
}

/** RFC 1939 7: 1 to 70 characters that can be seen. A name that cannot be shown as it is has its hash, the same each time. */
export function uidOf(name: string): string {
  const unique = uniqueOf(name);
  return /^[\x21-\x7e]{1,70}$/.test(unique)
    ? unique
    : createHash('sha256').update(unique, 'latin1').digest('base64url');
}

/** The size with CRLF at the end of each line, where the name tells it (Maildir++'s W=). */
export function octetsInName(name: string): number | null {
  const [, octets] = /,W=(\d{1,15})(?=[,:]|$)/.exec(name) ?? [];
  return octets === undefined ? null : Number(octets);
}

/** In `cur`, with the flags it has and these. */
export function nameInCur(name: string, { isSeen }: { readonly isSeen: boolean }): string {
  const [, given] = /:2,([^:]*)$/.exec(name) ?? [];
  // What others have written there in a way of their own stays.
  if (given === undefined && name.includes(':')) return name;
  const flags = new Set(given ?? '');
  if (isSeen) flags.add('S');
  return `${uniqueOf(name)}:2,${[...flags].sort().join('')}`;
}

/** Older first: a name begins with the second in which the message came. */
export function compareNames(a: string, b: string): number {
  const [first, second] = [secondsOf(a), secondsOf(b)];
  if (first !== second) return first - second;
  return a < b ? -1 : a > b ? 1 : 0;
}

function secondsOf(name: string): number {
  const [digits] = /^\d{1,15}/.exec(name) ?? [];
  return Number(digits ?? 0);
}
