import t from 'tap';

import type { Snapshot } from '../../src/logging/snapshot.ts';
import type { Pool, PoolWorker } from '../../src/master/pool.ts';
import type { HeldSocket } from '../../src/master/sockets.ts';
import { buildStatus, whichAreUp, type StatusOptions } from '../../src/master/status.ts';
import { listenPlan, plan as planOf, servicePlan } from '../support/plans.ts';

function pool(more: Partial<Pool> = {}): Pool {
  return {
    name: 'main',
    generation: 1,
    services: [],
    failed: new Map(),
    bound: new Map(),
    isReady: true,
    workers: [],
    start: async () => {},
    retire() {},
    stop() {},
    restarts: () => 0,
    ...more,
  };
}

function worker(id: string, more: Partial<PoolWorker> = {}): PoolWorker {
  return {
    process: {
      id,
      pid: 100,
      descriptors: [-1, -1],
      exited: Promise.withResolvers<never>().promise,
      send() {},
      passLogFiles() {},
      flushed: () => Promise.resolve(),
      rest: () => '',
      kill() {},
    },
    pool: 'main',
    generation: 1,
    restarts: 0,
    rss: 0,
    ask: async () => null,
    ...more,
  };
}

function held(port: number): HeldSocket {
  return { key: '', transport: 'stream', local: { address: '127.0.0.1', port, family: 'IPv4' }, fd: 3, close() {} };
}

function statusOf(more: Partial<StatusOptions> = {}) {
  return buildStatus({
    plan: planOf(),
    version: '1.2.3',
    started: '2026-01-02T03:04:05.000Z',
    generation: 4,
    state: 'running',
    pools: [pool()],
    workers: [],
    sockets: new Map(),
    reports: new Map(),
    deliveries: [],
    snapshots: [],
    ...more,
  });
}

t.test('says who and what runs', async (t) => {
  t.match(statusOf(), {
    name: 'portico',
    version: '1.2.3',
    pid: process.pid,
    started: '2026-01-02T03:04:05.000Z',
    generation: 4,
    state: 'running',
    config: '/etc/portico/daemon.config.yaml',
    admin: null,
    deliveries: [],
  });
});

t.test('the state of a service', async (t) => {
  const stateOf = (more: Partial<StatusOptions>): unknown => {
    const [service] = statusOf(more).services;
    return [service?.state, service?.error];
  };
  t.same(stateOf({}), ['up', null]);
  t.same(stateOf({ pools: [pool({ isReady: false })] }), ['starting', null]);
  t.same(stateOf({ pools: [] }), ['starting', null]);
  t.same(stateOf({ pools: [pool({ failed: new Map([['test', 'no file']]) })] }), ['failed', 'no file']);
  t.same(stateOf({ pools: [], plan: planOf({ services: [servicePlan({ enabled: false })] }) }), ['disabled', null]);
});

t.test('which services are up, of those that are enabled', async (t) => {
  const services = [
    servicePlan({ name: 'good' }),
    servicePlan({ name: 'bad' }),
    servicePlan({ name: 'off', enabled: false }),
  ];
  const given = { plan: planOf({ services }), pools: [pool({ failed: new Map([['bad', 'no file']]) })] };
  t.same(
    [...whichAreUp({ ...given, state: 'running' })],
    [
      ['good', true],
      ['bad', false],
    ],
  );
  t.same([...whichAreUp({ ...given, state: 'stopping' }).values()], [false, false]);
});

t.test('where it listens, with the port that was chosen', async (t) => {
  const listen = [listenPlan('tls://127.0.0.1:0'), listenPlan('tcp://127.0.0.1:0')];
  const plan = planOf({ services: [servicePlan({ listen })], admin: listenPlan('tcp://127.0.0.1:0') });
  const sockets = new Map([
    ['test/0', [held(4001), held(4002)]],
    ['test/1', [held(0)]],
    ['@admin/0', [held(4003)]],
  ]);
  const status = statusOf({ plan, sockets, pools: [pool({ bound: new Map([['test/1', 5000]]) })] });
  t.same(status.services[0]?.listeners, [
    { address: 'tls://127.0.0.1:4001' },
    { address: 'tls://127.0.0.1:4002' },
    { address: 'tcp://127.0.0.1:5000' },
  ]);
  t.equal(status.admin, 'tcp://127.0.0.1:4003');
});

t.test('what it has served, over all processes', async (t) => {
  const counter = (name: string, value: number, labels = {}): Snapshot[number] => ({
    name,
    help: '',
    type: 'counter',
    aggregator: 'sum',
    values: [{ value, labels: { service: 'test', ...labels } }],
  });
  const snapshots: Snapshot[] = [
    [counter('portico_sessions_total', 5), counter('portico_bytes_total', 7, { direction: 'in' })],
    [
      counter('portico_sessions_total', 1),
      counter('portico_sessions_active', 1),
      counter('portico_sessions_refused_total', 2, { reason: 'rate' }),
      counter('portico_sessions_refused_total', 3, { reason: 'access' }),
      counter('portico_bytes_total', 9, { direction: 'out' }),
    ],
  ];
  t.match(statusOf({ snapshots }).services[0], {
    sessions: { active: 1, total: 6, refused: 5 },
    bytes: { in: 7, out: 9 },
  });
});

t.test('workers, but not the one of the admin listener', async (t) => {
  const status = statusOf({
    workers: [worker('a', { restarts: 2 }), worker('b', { rss: 50 }), worker('c', { pool: '@admin' })],
    reports: new Map([['a', { snapshot: [], sessions: 3, rss: 70 }]]),
  });
  t.same(status.workers, [
    { pool: 'main', pid: 100, generation: 1, sessions: 3, rss: 70, restarts: 2 },
    { pool: 'main', pid: 100, generation: 1, sessions: 0, rss: 50, restarts: 0 },
  ]);
});
