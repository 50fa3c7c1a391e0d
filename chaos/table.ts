import type { Chapter } from './ledger.ts';

export interface Row {
  readonly chapter: Chapter;
  /** Items that were acknowledged, and have not arrived. */
  readonly missing: number;
  /** Items that have arrived more than once. */
  readonly repeated: number;
}

const head = [
  'fault',
  'times',
  'sessions',
  'refused',
  'lost',
  'put off',
  'acknowledged',
  'missing',
  'repeated',
  'kept',
];

/** A Markdown table, a row for each fault. */
export function renderTable(rows: readonly Row[]): string {
  const cells = rows.map(({ chapter, missing, repeated }) => [
    chapter.fault,
    String(chapter.times),
    String(chapter.sessions),
    String(chapter.refused),
    String(sum([...chapter.lost.values()])),
    String(chapter.putOff),
    String(chapter.acknowledged.length),
    String(missing),
    String(repeated),
    chapter.broken.length === 0 && missing === 0 ? 'yes' : 'NO',
  ]);
  const totals = head.map((name, column) =>
    column === 0 ? 'all' : name === 'kept' ? '' : String(sum(cells.map((row) => Number(row[column])))),
  );
  const table = [head, ...cells, totals];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |\n`;
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...cells.map(line), line(totals)].join('');
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
