/** What one subject reached in each round of a case. */
export interface Measurement {
  readonly name: string;
  readonly rounds: readonly {
    readonly value: number;
    /** Of the subject's processes, for each operation. */
    readonly cpuMicroseconds: number | null;
    /** What went wrong. */
    readonly note: string;
  }[];
}

/** A Markdown table: medians, and how many times each value Portico's is, with one worker and with two. */
export function renderTable(title: string, unit: string, measurements: readonly Measurement[]): string {
  const hasCpu = measurements.some(({ rounds }) => rounds.some((round) => round.cpuMicroseconds !== null));
  const ours = measurements.filter(({ name }) => name.startsWith('portico'));
  const head = [
    'daemon',
    `median ${unit}`,
    'lowest to highest',
    ...(hasCpu ? ['CPU µs each'] : []),
    ...ours.map(({ name }) => `${name} ÷ it`),
    '',
  ];
  const rows = measurements.map((measurement) => {
    const values = measurement.rounds.map(({ value }) => value);
    const cpu = median(measurement.rounds.map(({ cpuMicroseconds }) => cpuMicroseconds ?? 0));
    return [
      measurement.name,
      format(median(values)),
      `${format(Math.min(...values))} to ${format(Math.max(...values))}`,
      ...(hasCpu ? [format(cpu)] : []),
      ...ours.map((own) => (own === measurement ? '' : ratioOf(own, measurement).toFixed(2))),
      [...new Set(measurement.rounds.map(({ note }) => note).filter(Boolean))].join(', '),
    ];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return `\n${title}\n\n${[head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map(line).join('')}`;
}

/** The median of the ratios within the rounds: what disturbs the machine for longer than a round disturbs both. */
function ratioOf(own: Measurement, other: Measurement): number {
  return median(own.rounds.map(({ value }, i) => value / (other.rounds[i]?.value ?? Number.NaN)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function format(value: number): string {
  if (value >= 100) return Math.round(value).toString();
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
