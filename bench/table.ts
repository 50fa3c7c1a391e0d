export interface Round {
  /** NaN: it could not be measured, and the note tells why. */
  readonly value: number;
  /** Of the subject's processes, for each operation. */
  readonly cpuMicroseconds: number | null;
  /** What went wrong, or is to be known besides. */
  readonly note: string;
}

/** What one subject reached in each round of a case. */
export interface Measurement {
  readonly name: string;
  readonly rounds: readonly Round[];
}

export interface Table {
  readonly title: string;
  readonly unit: string;
  readonly cpuUnit?: string;
  readonly measurements: readonly Measurement[];
  /** Who is not here, or did not start, and why. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

/** A Markdown table: medians, and how many times each value Portico's is, in each of the ways it runs. */
export function renderTable(
  { title, unit, cpuUnit = 'each', measurements, skipped }: Table,
  isMarkdown: boolean,
): string {
  const hasCpu = measurements.some(({ rounds }) => rounds.some((round) => round.cpuMicroseconds !== null));
  const ours = measurements.filter(({ name }) => name.startsWith('portico'));
  const head = [
    'daemon',
    `median ${unit}`,
    'lowest to highest',
    ...(hasCpu ? [`CPU µs ${cpuUnit}`] : []),
    ...ours.map(({ name }) => `${name} ÷ it`),
    '',
  ];
  const rows = measurements.map((measurement) => {
    const values = measurement.rounds.map(({ value }) => value).filter(Number.isFinite);
    const cpu = median(measurement.rounds.map(({ cpuMicroseconds }) => cpuMicroseconds ?? Number.NaN));
    return [
      measurement.name,
      format(median(values)),
      values.length === 0 ? '' : `${format(Math.min(...values))} to ${format(Math.max(...values))}`,
      ...(hasCpu ? [format(cpu)] : []),
      ...ours.map((own) => (own === measurement ? '' : ratioOf(own, measurement))),
      [...new Set(measurement.rounds.map(({ note }) => note).filter(Boolean))].join(', '),
    ];
  });
  const blank = head.slice(2).map(() => '');
  const gaps = skipped.map(({ name, why }) => [name, ...blank, `skipped: ${why}`]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const lines = [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows, ...gaps].map(line);
  return `\n${isMarkdown ? '### ' : ''}${title}\n\n${lines.join('')}`;
}

/**
 * The median of the ratios within the rounds, and the lowest and the highest: what disturbs the machine for longer than a
 * round disturbs both.
 */
function ratioOf(own: Measurement, other: Measurement): string {
  const ratios = own.rounds
    .map(({ value }, i) => value / (other.rounds[i]?.value ?? Number.NaN))
    .filter(Number.isFinite);
  if (ratios.length === 0) return '';
  const middle = median(ratios).toFixed(2);
  if (ratios.length === 1) return middle;
  return `${middle} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
}

/** Of those that are numbers. */
function median(all: readonly number[]): number {
  const sorted = all.filter(Number.isFinite).toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function format(value: number): string {
  if (!Number.isFinite(value)) return '';
  if (value >= 100) return Math.round(value).toString();
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
