import type { RefusalReason } from '../contract/session.ts';
import { createDistribution } from './metric-store.ts';
import { metrics, sessionSecondsBuckets, type MetricDefinition } from './metrics.ts';
import type { Snapshot, SnapshotMetric, SnapshotValue } from './snapshot.ts';

/** The figures of one service in this process: plain numbers, because they change with every connection. */
export interface ServiceTally {
  sessionStarted(): void;
  /** null: a program held the socket, and nobody counted. */
  sessionEnded(seconds: number, bytesIn: number | null, bytesOut: number | null): void;
  refused(reason: RefusalReason): void;
  datagram(direction: 'in' | 'out', bytes: number): void;
  authenticated(result: AuthResult): void;
  /** Items are counted from now on, beginning at 0; without it, from the first on. */
  expectItems(): void;
  itemReceived(): void;
  usedLegacyTls(): void;
}

export type AuthResult = 'ok' | 'failed' | 'banned';

export type Tally = ServiceTally & ReturnType<typeof createFigures>;

export function createServiceTally(): Tally {
  const figures = createFigures();
  const { bytes, datagrams, refusals, auth, seconds } = figures;
  return Object.assign(figures, {
    sessionStarted() {
      figures.sessions += 1;
      figures.active += 1;
    },
    sessionEnded(lasted: number, bytesIn: number | null, bytesOut: number | null) {
      figures.active -= 1;
      seconds.observe(lasted);
      bytes.in += bytesIn ?? 0;
      bytes.out += bytesOut ?? 0;
    },
    refused(reason: RefusalReason) {
      refusals[reason] += 1;
    },
    datagram(direction: 'in' | 'out', length: number) {
      datagrams[direction] += 1;
      bytes[direction] += length;
    },
    authenticated(result: AuthResult) {
      auth[result] += 1;
    },
    expectItems() {
      figures.items ??= 0;
    },
    itemReceived() {
      figures.items = (figures.items ?? 0) + 1;
    },
    usedLegacyTls() {
      figures.legacyTls += 1;
    },
  });
}

function createFigures() {
  return {
    sessions: 0,
    active: 0,
    /** null: it takes none in. */
    items: null as number | null,
    legacyTls: 0,
    bytes: { in: 0, out: 0 },
    datagrams: { in: 0, out: 0 },
    refusals: {
      access: 0,
      hours: 0,
      connections: 0,
      per_source: 0,
      rate: 0,
      ban: 0,
      drain: 0,
      tls: 0,
    } satisfies Record<RefusalReason, number>,
    auth: { ok: 0, failed: 0, banned: 0 } satisfies Record<AuthResult, number>,
    seconds: createDistribution(sessionSecondsBuckets),
  };
}

/** The metrics of all services; each has all its series from the start, with 0, but for items where there can be none. */
export function readTallies(tallies: ReadonlyMap<string, Tally>): Snapshot {
  const each = (read: (tally: Tally, service: string) => SnapshotValue[]): SnapshotValue[] =>
    [...tallies].flatMap(([service, tally]) => read(tally, service));
  const single = (value: number, service: string): SnapshotValue[] => [{ value, labels: { service } }];
  const series = (values: Readonly<Record<string, number>>, label: string, service: string): SnapshotValue[] =>
    Object.entries(values).map(([name, value]) => ({ value, labels: { service, [label]: name } }));

  return [
    metric(
      metrics.sessions,
      'counter',
      each((tally, service) => single(tally.sessions, service)),
    ),
    metric(
      metrics.activeSessions,
      'gauge',
      each((tally, service) => single(tally.active, service)),
    ),
    metric(
      metrics.refusedSessions,
      'counter',
      each((tally, service) => series(tally.refusals, 'reason', service)),
    ),
    metric(metrics.sessionSeconds, 'histogram', each(readSeconds)),
    metric(
      metrics.bytes,
      'counter',
      each((tally, service) => series(tally.bytes, 'direction', service)),
    ),
    metric(
      metrics.datagrams,
      'counter',
      each((tally, service) => series(tally.datagrams, 'direction', service)),
    ),
    metric(
      metrics.authentications,
      'counter',
      each((tally, service) => series(tally.auth, 'result', service)),
    ),
    metric(
      metrics.legacyTls,
      'counter',
      each((tally, service) => single(tally.legacyTls, service)),
    ),
    metric(
      metrics.items,
      'counter',
      each(({ items }, service) => (items === null ? [] : single(items, service))),
    ),
  ];
}

function readSeconds(tally: Tally, service: string): SnapshotValue[] {
  return tally.seconds
    .read(metrics.sessionSeconds.name)
    .map(({ value, metricName, labels }) => ({ value, metricName, labels: { ...labels, service } }));
}

function metric(
  { name, help }: MetricDefinition,
  type: SnapshotMetric['type'],
  values: readonly SnapshotValue[],
): SnapshotMetric {
  return { name, help, type, values, aggregator: 'sum' };
}
