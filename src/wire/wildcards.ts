/**
 * Whether a text fits a pattern with "*" (any characters) and "?" (one), without regard to case. Takes at most as many steps as
 * the lengths multiplied, whatever the pattern: a regular expression could take for ever.
 */
export function fitsWildcards(pattern: string, text: string): boolean {
  const [wanted, given] = [Array.from(pattern.toLowerCase()), Array.from(text.toLowerCase())];
  let at = 0;
  let from = 0;
  /** Where the last star was, and how much of the text it has taken. */
  let star = -1;
  let taken = 0;
  while (from < given.length) {
    const next = wanted[at];
    if (next === '*') {
      star = at;
      taken = from;
      at += 1;
    } else if (next !== undefined && (next === '?' || next === given[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      // Only the last star has to take more: what stands before it fits as far to the left as it can.
      taken += 1;
      from = taken;
      at = star + 1;
    } else return false;
  }
  while (wanted[at] === '*') at += 1;
  return at === wanted.length;
}
