import t from 'tap';

import { comparePlans, poolOf, socketsOf } from '../../src/config/difference.ts';
import { parseAddress } from '../../src/contract/options.ts';
import type { AccountSourcePlan, ListenPlan, Plan, ServicePlan } from '../../src/contract/plan.ts';

function listen(text: string, more: Partial<ListenPlan> = {}): ListenPlan {
  return {
    ...parseAddress(text),
    certificate: null,
    proxyProtocol: [],
    mode: null,
    broadcast: false,
    multicast: [],
    ...more,
  };
}

function service(name: string, address: string | ListenPlan, more: Partial<ServicePlan> = {}): ServicePlan {
  return {
    name,
    type: 'echo',
    enabled: true,
    listen: [typeof address === 'string' ? listen(address) : address],
    user: null,
    group: null,
    isolate: false,
    sensor: false,
    access: { allow: [], deny: [], neverBan: [], hours: [] },
    limits: {
      connections: 1000,
      perSource: null,
      rate: null,
      ratePerSource: null,
      pause: 10_000,
      idle: undefined,
      session: null,
      authFailures: { count: 10, window: 600_000 },
      ban: 600_000,
    },
    tls: { certificates: [], minVersion: 'TLSv1.2', clientCa: null, clientCertificate: 'none', legacy: null },
    banner: null,
    deliver: [],
    options: {},
    base: '/etc',
    ...more,
  };
}

function plan(services: readonly ServicePlan[], more: Partial<Plan> = {}): Plan {
  return {
    file: '/etc/c.yaml',
    files: ['/etc/c.yaml'],
    daemon: {
      name: 'portico',
      user: null,
      group: null,
      state: '/var',
      runtime: '/run',
      workers: 1,
      drain: 30_000,
      drainReload: 600_000,
      memory: 1024 ** 3,
      journal: 0,
      spoolFree: 0,
    },
    logging: { level: 'info', facility: 'daemon', resolve: false, outputs: [{ kind: 'console', format: 'auto' }] },
    admin: null,
    certificates: {},
    accounts: [],
    deliveries: {},
    services,
    ...more,
  };
}

for (const [more, pool] of [
  [{}, 'main'],
  [{ user: 'nobody' }, 'user:nobody'],
  [{ user: 'nobody', group: 'games' }, 'user:nobody:games'],
  [{ user: 'nobody', groups: [] }, 'user:nobody/primary'],
  [{ user: 'nobody', group: 'games', groups: [] }, 'user:nobody:games/primary'],
  [{ user: 'nobody', groups: ['primary'] }, 'user:nobody+primary'],
  [{ user: 'nobody', groups: ['tty', 'audio', 'tty'] }, 'user:nobody+audio+tty'],
  [{ groups: [] }, 'main'],
  [{ isolate: true }, 'a'],
  [{ isolate: true, user: 'nobody' }, 'a'],
] as const) {
  t.test(`${JSON.stringify(more)} is in pool ${pool}`, async (t) =>
    t.equal(poolOf(service('a', 'tcp://*:1', more)), pool),
  );
}

const a = service('a', 'tcp://127.0.0.1:1');
const b = service('b', 'udp://*:2', { isolate: true });
const c = service('c', 'unix:/run/c', { user: 'nobody' });
const current = plan([a, b, c]);
const kept = { main: 'kept', b: 'kept', 'user:nobody': 'kept' };
const keptSockets = { 'tcp://127.0.0.1:1': 'kept', 'udp://*:2': 'kept', 'unix:/run/c': 'kept' };
const pair = { kind: 'files', cert: '/a.pem', key: '/a.key', passphrase: null } as const;

for (const [name, from, to, pools, sockets] of [
  [
    'the start',
    null,
    current,
    { main: 'new', b: 'new', 'user:nobody': 'new' },
    { 'tcp://127.0.0.1:1': 'new', 'udp://*:2': 'new', 'unix:/run/c': 'new' },
  ],
  ['nothing new', current, plan([a, b, c]), kept, keptSockets],
  ['a plan that went through JSON', current, JSON.parse(JSON.stringify(current)) as Plan, kept, keptSockets],
  [
    'another order, and another file',
    current,
    plan([c, b, a], { files: ['/etc/c.yaml', '/etc/d.yaml'] }),
    kept,
    keptSockets,
  ],
  [
    'other options of a service',
    current,
    plan([{ ...a, options: { x: 1 } }, b, c]),
    { ...kept, main: 'changed' },
    keptSockets,
  ],
  [
    'a service more and one less',
    current,
    plan([a, c, service('d', 'tcp://127.0.0.1:4')]),
    { main: 'changed', b: 'gone', 'user:nobody': 'kept' },
    { ...keptSockets, 'udp://*:2': 'gone', 'tcp://127.0.0.1:4': 'new' },
  ],
  [
    'a service that is not enabled any more',
    current,
    plan([a, { ...b, enabled: false }, c]),
    { ...kept, b: 'gone' },
    { ...keptSockets, 'udp://*:2': 'gone' },
  ],
  [
    'a service that was never enabled',
    current,
    plan([a, b, c, service('d', 'tcp://127.0.0.1:4', { enabled: false })]),
    kept,
    keptSockets,
  ],
  [
    'a service in another pool',
    current,
    plan([{ ...a, isolate: true }, b, c]),
    { main: 'gone', a: 'new', b: 'kept', 'user:nobody': 'kept' },
    keptSockets,
  ],
  [
    'other logging concerns all',
    current,
    plan([a, b, c], { logging: { ...current.logging, level: 'debug' } }),
    { main: 'changed', b: 'changed', 'user:nobody': 'changed' },
    keptSockets,
  ],
  [
    'another drain concerns all',
    current,
    plan([a, b, c], { daemon: { ...current.daemon, drain: 1 } }),
    { main: 'changed', b: 'changed', 'user:nobody': 'changed' },
    keptSockets,
  ],
  [
    'other permissions of a socket',
    current,
    plan([a, b, { ...c, listen: [listen('unix:/run/c', { mode: 0o600 })] }]),
    { ...kept, 'user:nobody': 'changed' },
    { ...keptSockets, 'unix:/run/c': 'changed' },
  ],
  [
    'TLS on the same socket',
    current,
    plan([{ ...a, listen: [listen('tls://127.0.0.1:1')] }, b, c]),
    { ...kept, main: 'changed' },
    keptSockets,
  ],
] as const) {
  t.test(`compares: ${name}`, async (t) => {
    const difference = comparePlans(from, to);
    t.strictSame(Object.fromEntries(difference.pools), pools);
    t.strictSame(Object.fromEntries(difference.sockets), sockets);
  });
}

t.test('a certificate concerns the pools that use it', async (t) => {
  const services = [
    { ...a, tls: { ...a.tls, certificates: ['public'] } },
    { ...b, tls: { ...b.tls, certificates: ['other'] } },
    c,
  ];
  const change = (before: Plan['certificates'], after: Plan['certificates']): object =>
    Object.fromEntries(
      comparePlans(plan(services, { certificates: before }), plan(services, { certificates: after })).pools,
    );
  const other = { ...pair, key: '/b.key' };
  t.strictSame(change({ public: pair }, { public: other }), { ...kept, main: 'changed' });
  t.strictSame(change({ default: pair }, { default: other }), { ...kept, 'user:nobody': 'changed' });
  t.strictSame(change({ spare: pair }, { spare: other }), kept);
});

t.test('each port 0 is a socket of its own, and stays it', async (t) => {
  const any = [listen('tcp://127.0.0.1:0'), listen('tcp://127.0.0.1:0')];
  const keys = socketsOf(plan([{ ...a, listen: any }, service('b', 'tcp://127.0.0.1:0')])).keys();
  t.strictSame([...keys], ['tcp://127.0.0.1:0#a/0', 'tcp://127.0.0.1:0#a/1', 'tcp://127.0.0.1:0#b/0']);
});

t.test('the admin listener', async (t) => {
  const admin = parseAddress('tcp://127.0.0.1:9080');
  const other = parseAddress('tcp://127.0.0.1:9081');
  const change = (before: Plan['admin'], after: Plan['admin']): string =>
    comparePlans(plan([a], { admin: before }), plan([a], { admin: after })).admin;
  t.strictSame(
    [change(null, null), change(null, admin), change(admin, admin), change(admin, other), change(admin, null)],
    ['none', 'new', 'kept', 'changed', 'gone'],
  );
});

t.test('that there are accounts at all is news for every pool; which ones is not', async (t) => {
  const services = [service('echo', 'tcp://127.0.0.1:7')];
  const files = (...paths: string[]): Partial<Plan> => ({
    accounts: paths.map((path): AccountSourcePlan => ({ kind: 'file', path })),
  });
  const change = (before: Partial<Plan>, after: Partial<Plan>) =>
    comparePlans(plan(services, before), plan(services, after)).pools.get('main');
  t.equal(change(files(), files('/etc/a.yaml')), 'changed');
  t.equal(change(files('/etc/a.yaml'), files('/etc/a.yaml', '/etc/b.yaml')), 'kept');
  t.equal(change(files('/etc/a.yaml'), files()), 'changed');
});
