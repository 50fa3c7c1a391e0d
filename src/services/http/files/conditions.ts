import type { IncomingHttpHeaders } from 'node:http';

import { parseHttpDate } from '../../../wire/http-date.ts';

export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Whole seconds, as milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** RFC 9110 13.2.2, for GET and HEAD: what becomes of a request because of what the peer has already. */
export function judgeConditions(headers: IncomingHttpHeaders, { etag, modifiedMs }: Validators): 'send' | 304 | 412 {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag, 'strong')) return 412;
  } else {
    const since = dateOf(headers['if-unmodified-since']);
    if (since !== null && modifiedMs > since) return 412;
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag, 'weak') ? 304 : 'send';
  const since = dateOf(headers['if-modified-since']);
  return since !== null && modifiedMs <= since ? 304 : 'send';
}

/** RFC 9110 13.1.5: a range is of use only if it is of the very same bytes that the peer has a part of. */
export function isRangeOfSame(
  ifRange: string | undefined,
  { etag, modifiedMs }: Validators,
  now: number = Date.now(),
): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.includes('"')) return ifRange === etag;
  // 8.8.2.2: the file could have changed again in the second in which a date was given for it.
  return parseHttpDate(ifRange) === modifiedMs && now - modifiedMs >= 1_000;
}

function dateOf(header: string | undefined): number | null {
  return header === undefined ? null : parseHttpDate(header);
}

// RFC 9110 8.8.3
const listedTag = /[ \t,]*(W\/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?=,|$)/y;

function matches(header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true;
  listedTag.lastIndex = 0;
  for (let match = listedTag.exec(header); match !== null; match = listedTag.exec(header)) {
    const [, weak, tag] = match;
    if (tag === etag && (comparison === 'weak' || weak === undefined)) return true;
  }
  return false;
}
