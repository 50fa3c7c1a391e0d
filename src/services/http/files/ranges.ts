/** A part of a file: first and last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

// What nobody needs who means well. A header with more of them is answered as if it were not there (RFC 9110 14.2).
const maxRanges = 32;

/** RFC 9110 14.1.2. null: the header is to be ignored. Empty: nothing of what is asked for is there. */
export function parseRanges(header: string, size: number): readonly ByteRange[] | null {
  const [, list] = /^bytes=([-\d,\s]+)$/i.exec(header) ?? [];
  if (list === undefined) return null;
  // A recipient has to take empty members of a list (RFC 9110 5.6.1).
  const specs = list.split(',', maxRanges + 1).map((spec) => spec.trim());
  if (specs.length > maxRanges) return null;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    if (spec === '') continue;
    const match = /^(\d{0,15})-(\d{0,15})$/.exec(spec);
    if (match === null || spec === '-') return null;
    const [, from = '', to = ''] = match;
    if (from !== '' && to !== '' && Number(to) < Number(from)) return null;
    const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
    const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
    if (first < size && first <= last) ranges.push({ first, last });
  }
  return specs.every((spec) => spec === '') ? null : coalesce(ranges);
}

// Less than what the head of a part would take.
const smallestGap = 80;

/** Ranges that overlap or nearly touch become one, so that no byte is sent twice; all others stay in their order. */
function coalesce(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const merged: ByteRange[] = [];
  const sorted = ranges.toSorted((a, b) => a.first - b.first);
  for (const range of sorted) {
    const before = merged.at(-1);
    if (before === undefined || range.first > before.last + smallestGap) merged.push(range);
    else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return merged.length === ranges.length ? ranges : merged;
}
