import type { OptionRow } from '../../src/config/describe-options.ts';

export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Options as a table of name, kind of value, default and meaning. */
export function optionTable(rows: readonly OptionRow[]): string {
  return table(
    ['Option', 'Value', 'Default', 'Meaning'],
    rows.map((row) => [`\`${row.name}\``, row.type, defaultOf(row), row.description]),
  );
}

export function sentence(text: string): string {
  const end = /[.!?]$/.test(text) ? '' : '.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`;
}

function defaultOf(row: OptionRow): string {
  if (row.default !== null) return row.default === '' ? '`""`' : `\`${row.default}\``;
  return row.isRequired ? '(must be given)' : '';
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
}
