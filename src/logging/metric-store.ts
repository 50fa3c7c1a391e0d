import type { Counter, Histogram, HistogramDefinition, Labels, MetricDefinition } from '../contract/metrics.ts';
import type { SnapshotMetric, SnapshotValue } from './snapshot.ts';

// Metrics that a service makes for itself. Labels may come from peers, so their number and their length are bounded.

export interface Gauge {
  set(value: number, labels?: Labels): void;
  /** Takes a label set out again: what it stood for is gone. */
  remove(labels: Labels): void;
}

export interface GaugeDefinition extends MetricDefinition {
  /** How the values of several processes become one. */
  readonly aggregator?: SnapshotMetric['aggregator'];
}

/** A metric that can say what it counted. */
export interface Reading {
  readonly definition: MetricDefinition;
  read(): SnapshotMetric;
}

const maxLabelSets = 1_000;
const maxLabelLength = 200;
// What the label sets past the limit are counted as.
const otherwise = 'other';

export function createCounter(definition: MetricDefinition): Counter & Reading {
  const cells = createCells(definition, () => ({ value: 0 }));
  return {
    definition,
    increase(labels = {}, by = 1) {
      if (by > 0) cells.of(labels).value += by;
    },
    of(labels) {
      const cell = cells.of(labels);
      return {
        increase(by = 1) {
          if (by > 0) cell.value += by;
        },
      };
    },
    read: () => ({ ...head(definition), type: 'counter', values: cells.values((cell) => [cell]), aggregator: 'sum' }),
  };
}

export function createGauge(definition: GaugeDefinition): Gauge & Reading {
  const cells = createCells(definition, () => ({ value: 0 }));
  return {
    definition,
    set(value, labels = {}) {
      cells.of(labels).value = value;
    },
    remove: (labels) => cells.remove(labels),
    read: () => ({
      ...head(definition),
      type: 'gauge',
      values: cells.values((cell) => [cell]),
      aggregator: definition.aggregator ?? 'sum',
    }),
  };
}

export function createHistogram(definition: HistogramDefinition): Histogram & Reading {
  const cells = createCells(definition, () => createDistribution(definition.buckets));
  return {
    definition,
    observe(value, labels = {}) {
      cells.of(labels).observe(value);
    },
    of: (labels) => cells.of(labels),
    read: () => ({
      ...head(definition),
      type: 'histogram',
      values: cells.values((cell) => cell.read(definition.name)),
      aggregator: 'sum',
    }),
  };
}

/** The values of one histogram under one set of labels. */
export function createDistribution(buckets: readonly number[]) {
  const counts = new Float64Array(buckets.length);
  let count = 0;
  let sum = 0;
  return {
    observe(value: number): void {
      count += 1;
      sum += value;
      for (let i = 0; i < buckets.length; i += 1) {
        if (value > buckets[i]!) continue;
        counts[i]! += 1;
        return;
      }
    },
    read(name: string): { value: number; metricName: string; labels?: Record<string, string | number> }[] {
      let below = 0;
      const bucketValues = buckets.map((bound, i) => {
        below += counts[i]!;
        return { value: below, metricName: `${name}_bucket`, labels: { le: bound } };
      });
      return [
        ...bucketValues,
        { value: count, metricName: `${name}_bucket`, labels: { le: '+Inf' } },
        { value: sum, metricName: `${name}_sum` },
        { value: count, metricName: `${name}_count` },
      ];
    },
  };
}

function head({ name, help }: MetricDefinition): { name: string; help: string } {
  return { name, help };
}

/** One cell for each set of labels, up to the limit. A metric without labels has its only cell from the start. */
function createCells<Cell>({ labelNames = [] }: MetricDefinition, create: () => Cell) {
  const cells = new Map<string, { readonly labels: Labels; readonly cell: Cell }>();
  if (labelNames.length === 0) cells.set('', { labels: {}, cell: create() });

  const namesOf = (labels: Labels): string[] => labelNames.map((name) => (labels[name] ?? '').slice(0, maxLabelLength));
  const keyOf = (values: readonly string[]): string => values.join('\u0000');

  return {
    of(labels: Labels): Cell {
      let values = namesOf(labels);
      const known = cells.get(keyOf(values));
      if (known !== undefined) return known.cell;
      if (cells.size >= maxLabelSets) {
        values = labelNames.map(() => otherwise);
        const other = cells.get(keyOf(values));
        if (other !== undefined) return other.cell;
      }
      const cell = create();
      cells.set(keyOf(values), { labels: Object.fromEntries(labelNames.map((name, i) => [name, values[i]!])), cell });
      return cell;
    },
    remove(labels: Labels): void {
      if (labelNames.length > 0) cells.delete(keyOf(namesOf(labels)));
    },
    values(
      read: (cell: Cell) => { value: number; metricName?: string; labels?: Record<string, string | number> }[],
    ): SnapshotValue[] {
      return [...cells.values()].flatMap(({ labels, cell }) =>
        read(cell).map(({ value, metricName, labels: own }) => ({
          value,
          ...(metricName === undefined ? {} : { metricName }),
          labels: { ...own, ...labels },
        })),
      );
    },
  };
}
