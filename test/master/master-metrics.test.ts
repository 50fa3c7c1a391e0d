import t from 'tap';

import type { Snapshot } from '../../src/logging/snapshot.ts';
import { createMasterMetrics } from '../../src/master/master-metrics.ts';

interface Collected {
  readonly snapshots: readonly Snapshot[];
  readonly process: Readonly<Record<'cpuSeconds' | 'rssBytes' | 'openFds' | 'startTimeSeconds', number>>;
}

const none = {
  workers: 1,
  generation: 1,
  certificates: new Map<string, number>(),
  services: new Map<string, boolean>(),
};

/** What the master itself adds, by name. */
function own(collected: Collected): Record<string, unknown> {
  const last = collected.snapshots.at(-1) ?? [];
  return Object.fromEntries(last.map(({ name, values }) => [name, values.map(({ value, labels }) => [value, labels])]));
}

t.test('adds what only the master knows', async (t) => {
  const metrics = createMasterMetrics('1.2.3');
  metrics.restarted();
  metrics.restarted();
  const collected = metrics.collect([], {
    workers: 3,
    generation: 7,
    certificates: new Map([['default', 1_893_456_000]]),
    services: new Map([
      ['echo', true],
      ['mail', false],
    ]),
  }) as unknown as Collected;
  t.same(own(collected), {
    portico_worker_restarts_total: [[2, {}]],
    portico_workers: [[3, {}]],
    portico_config_generation: [[7, {}]],
    portico_certificate_expiry_seconds: [[1_893_456_000, { certificate: 'default' }]],
    portico_service_up: [
      [1, { service: 'echo' }],
      [0, { service: 'mail' }],
    ],
    portico_build_info: [[1, { version: '1.2.3' }]],
  });
});

t.test('keeps the snapshots of the workers as they are', async (t) => {
  const snapshot: Snapshot = [{ name: 'x', help: '', type: 'counter', aggregator: 'sum', values: [] }];
  const collected = createMasterMetrics('1').collect([snapshot], none) as unknown as Collected;
  t.equal(collected.snapshots.length, 2);
  t.same(collected.snapshots[0], snapshot);
});

t.test('tells of its own process', async (t) => {
  const { process: own } = createMasterMetrics('1').collect([], none) as unknown as Collected;
  t.ok(own.rssBytes > 1_000_000);
  t.ok(own.cpuSeconds > 0);
  t.ok(own.openFds >= 0);
  const now = Date.now() / 1000;
  t.ok(own.startTimeSeconds <= now && own.startTimeSeconds > now - process.uptime() - 60);
});

t.test('can be sent to the process of the admin listener', async (t) => {
  const collected = createMasterMetrics('1').collect([], none);
  t.same(JSON.parse(JSON.stringify(collected)), collected);
});

t.test('says nothing of certificates and services where there are none', async (t) => {
  const collected = createMasterMetrics('1').collect([], none) as unknown as Collected;
  t.same(Object.keys(own(collected)).sort(), [
    'portico_build_info',
    'portico_config_generation',
    'portico_worker_restarts_total',
    'portico_workers',
  ]);
});
