import type { Snapshot, SnapshotMetric, SnapshotValue } from '../logging/snapshot.ts';
import { isName, isRecord } from './worker-message.ts';

/** What a worker says of itself. */
export interface WorkerReport {
  readonly snapshot: Snapshot;
  readonly sessions: number;
  readonly rss: number;
}

/** Values of one worker's metrics, all together: some hundred for each service. */
export const maxValues = 50_000;

/** A worker is less trusted than the master: what it says of itself is added up only when it has the shape for that, else null. */
export function readWorkerReport(said: unknown): WorkerReport | null {
  if (!isRecord(said)) return null;
  const { snapshot, sessions, rss } = said;
  if (typeof sessions !== 'number' || typeof rss !== 'number' || !Array.isArray(snapshot)) return null;
  if (!snapshot.every(isMetric) || countValues(snapshot) > maxValues) return null;
  return { snapshot, sessions, rss };
}

export function countValues(snapshot: Snapshot): number {
  return snapshot.reduce((count, metric) => count + metric.values.length, 0);
}

const types: readonly unknown[] = ['counter', 'gauge', 'histogram'];
const aggregators: readonly unknown[] = ['sum', 'max', 'first'];

function isMetric(said: unknown): said is SnapshotMetric {
  if (!isRecord(said)) return false;
  const { name, help, type, aggregator, values } = said;
  return (
    isName(name) &&
    isName(help) &&
    types.includes(type) &&
    aggregators.includes(aggregator) &&
    Array.isArray(values) &&
    values.every(isValue)
  );
}

function isValue(said: unknown): said is SnapshotValue {
  if (!isRecord(said)) return false;
  const { value, labels, metricName } = said;
  return (
    typeof value === 'number' &&
    (metricName === undefined || isName(metricName)) &&
    isRecord(labels) &&
    Object.values(labels).every((label) => isName(label) || typeof label === 'number')
  );
}
