/**
 * Metrics at one moment, in the shape of `registry.getMetricsAsJSON()` of @prometheus-io/client, so that its
 * `AggregatorRegistry.aggregate` sums those of several processes.
 */
export type Snapshot = readonly SnapshotMetric[];

export interface SnapshotMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly SnapshotValue[];
  readonly aggregator: 'sum' | 'max' | 'first';
}

export interface SnapshotValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Histograms: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/**
 * Adds what a process counted that has ended. Its gauges end with it; its counters and histograms stay, so that totals
 * never go backwards.
 */
export function foldSnapshots(retired: Snapshot, ended: Snapshot): Snapshot {
  const metrics = new Map<string, SnapshotMetric>();
  for (const metric of [...retired, ...ended]) {
    if (metric.type === 'gauge') continue;
    const before = metrics.get(metric.name);
    metrics.set(metric.name, before === undefined ? metric : { ...before, values: sum(before.values, metric.values) });
  }
  return [...metrics.values()];
}

export interface ServiceFigures {
  readonly active: number;
  readonly total: number;
  readonly refused: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What `status` says about a service, over all processes. */
export function readService(snapshots: readonly Snapshot[], service: string): ServiceFigures {
  const total = (name: string, labels: Readonly<Record<string, string>> = {}): number => {
    const wanted = Object.entries({ service, ...labels });
    return snapshots
      .flatMap((snapshot) => snapshot.filter((metric) => metric.name === name))
      .flatMap((metric) => metric.values)
      .filter((value) => wanted.every(([label, text]) => value.labels[label] === text))
      .reduce((sum, { value }) => sum + value, 0);
  };
  return {
    active: total('portico_sessions_active'),
    total: total('portico_sessions_total'),
    refused: total('portico_sessions_refused_total'),
    bytesIn: total('portico_bytes_total', { direction: 'in' }),
    bytesOut: total('portico_bytes_total', { direction: 'out' }),
  };
}

/** Whether a delivery's target is taken to be down by whoever tries it. */
export function isDeliveryDown(snapshots: readonly Snapshot[], delivery: string): boolean {
  return snapshots
    .flat()
    .filter(({ name }) => name === 'portico_delivery_down')
    .some(({ values }) => values.some(({ value, labels }) => value > 0 && labels['delivery'] === delivery));
}

function sum(left: readonly SnapshotValue[], right: readonly SnapshotValue[]): SnapshotValue[] {
  const values = new Map<string, SnapshotValue>();
  for (const value of [...left, ...right]) {
    const key = keyOf(value);
    const before = values.get(key);
    values.set(key, before === undefined ? value : { ...before, value: before.value + value.value });
  }
  return [...values.values()];
}

function keyOf({ metricName = '', labels }: SnapshotValue): string {
  return JSON.stringify([metricName, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
