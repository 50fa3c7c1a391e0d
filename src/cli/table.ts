import type { Style, Terminal } from './terminal.ts';

/** Text, or text in a style. */
export type Cell = string | { readonly text: string; readonly style: Style };

export interface Table {
  /** A title that begins with ">" makes a column of numbers, which stand to the right. */
  readonly titles: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Lines with their columns aligned. Every cell is made printable, for names and errors may come from peers. */
export function renderTable({ titles, rows }: Table, terminal: Pick<Terminal, 'style'>): string {
  const columns = titles.map((title) => ({ title: title.replace(/^>/, ''), isNumber: title.startsWith('>') }));
  const head = columns.map(({ title }) => ({ text: title, style: 'bold' as const }));
  const lines = [head, ...rows].map((row) =>
    row.map((cell) => (typeof cell === 'string' ? { text: cell, style: null } : cell)).map(printableCell),
  );
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.text.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map(({ text, style }, index) => {
        const padding = ' '.repeat((widths[index] ?? 0) - text.length);
        const styled = style === null ? text : terminal.style(style, text);
        return columns[index]?.isNumber === true ? padding + styled : styled + padding;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}

function printableCell<C extends { readonly text: string }>(cell: C): C {
  return { ...cell, text: printable(cell.text) };
}

/** Without control characters and marks that turn text around: nothing that steers a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
