// A week is the longest time that public authorities count over; a longer one is a mistake or worse.
const longestMs = 7 * 24 * 3_600_000;

/** RFC 9110 10.2.3: seconds or a date. Milliseconds from `now`; null when it is neither. */
export function parseRetryAfter(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const ms = /^\d{1,15}$/.test(text) ? Number(text) * 1000 : dateOf(text) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), longestMs);
}

function dateOf(text: string): number {
  // "Fri, 31 Dec 1999 23:59:59 GMT": Date.parse takes much else.
  return /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text) ? Date.parse(text) : Number.NaN;
}
