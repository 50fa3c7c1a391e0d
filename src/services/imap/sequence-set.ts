import { Flaw, type Cursor } from './cursor.ts';

/** "1:4,7,9:*" (RFC 9051 9, sequence-set); '$' is what the last SEARCH has saved. */
export type SequenceSet = readonly Range[] | '$';

/** Either end may be the larger; `star` is "*". */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Larger than any number: the largest in use. */
export const star = Infinity;

const maxRanges = 8_192;

export function parseSequenceSet(cursor: Cursor): SequenceSet {
  if (cursor.skip('$')) return '$';
  const ranges: Range[] = [];
  do {
    if (ranges.length >= maxRanges) throw new Flaw('The set is too long');
    const from = parseNumber(cursor);
    ranges.push({ from, to: cursor.skip(':') ? parseNumber(cursor) : from });
  } while (cursor.skip(','));
  return ranges;
}

function parseNumber(cursor: Cursor): number {
  if (cursor.skip('*')) return star;
  const number = cursor.number();
  if (number === 0) throw new Flaw('Numbers begin with 1');
  return number;
}

/** The ranges, each smaller end first, sorted and without overlaps. */
export function normalizeSet(ranges: readonly Range[], largest: number): Range[] {
  const real = (number: number): number => (number === star ? largest : number);
  const sorted = ranges
    .map(({ from, to }) => [real(from), real(to)] as const)
    .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))
    .sort((a, b) => a.from - b.from);
  const merged: Range[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last === undefined || range.from > last.to + 1) merged.push(range);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
  }
  return merged;
}

/** Ascending numbers as a set: "1:3,7". */
export function formatSet(numbers: readonly number[]): string {
  const ranges = normalizeSet(
    numbers.map((number) => ({ from: number, to: number })),
    0,
  );
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}:${to}`)).join(',');
}
