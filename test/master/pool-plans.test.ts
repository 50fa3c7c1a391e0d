import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

import type { AddressPlan, Plan } from '../../src/contract/plan.ts';
import {
  adminName,
  poolPlans,
  startMessage,
  unchangedPools,
  wantedSockets,
  type PoolPlan,
  type StartMessageOptions,
} from '../../src/master/pool-plans.ts';
import type { HeldSocket } from '../../src/master/sockets.ts';
import { daemonPlan, listenPlan, noLogging, plan as planOf, servicePlan } from '../support/plans.ts';

const adminAddress: AddressPlan = listenPlan('tcp://127.0.0.1:9080');

function held(port: number, fd: number | null, transport: HeldSocket['transport'] = 'stream'): HeldSocket {
  return { key: `${port}`, transport, local: { address: '127.0.0.1', port, family: 'IPv4' }, fd, close() {} };
}

function namesOf(pools: readonly PoolPlan[]): unknown {
  return pools.map(({ name, services, workers }) => [name, services.map((service) => service.name), workers]);
}

/** One process, always there. */
const registry = [['@registry', ['@registry'], 1]];

t.test('services share the main pool but those that want their own', async (t) => {
  const services = [
    servicePlan({ name: 'echo' }),
    servicePlan({ name: 'alone', isolate: true }),
    servicePlan({ name: 'time' }),
    servicePlan({ name: 'off', enabled: false }),
  ];
  t.same(namesOf(poolPlans(planOf({ services, daemon: daemonPlan({ workers: 3 }) }))), [
    ['main', ['echo', 'time'], 3],
    ['alone', ['alone'], 3],
    ...registry,
  ]);
});

t.test('the admin listener is one process, after all others', async (t) => {
  t.same(namesOf(poolPlans(planOf({ admin: adminAddress, daemon: daemonPlan({ workers: 3 }) }))), [
    ['main', ['test'], 3],
    [adminName, [adminName], 1],
    ...registry,
  ]);
});

t.test('the admin listener answers to the host that it listens on', async (t) => {
  const hostsFor = (text: string): unknown => {
    const [, admin] = poolPlans(planOf({ admin: listenPlan(text) }));
    return admin?.services[0]?.options;
  };
  t.same(hostsFor('tcp://127.0.0.1:9080'), { hosts: ['127.0.0.1'] });
  t.same(hostsFor('tcp://*:9080'), { hosts: [] });
  t.same(hostsFor('unix:/run/admin.sock'), { hosts: [] });
});

t.test('every address needs a socket', async (t) => {
  const [one, two] = [listenPlan('tcp://127.0.0.1:1'), listenPlan('udp://127.0.0.1:2')];
  const services = [servicePlan({ name: 'echo', listen: [one, two] }), servicePlan({ name: 'off', enabled: false })];
  t.match(wantedSockets(poolPlans(planOf({ services, admin: adminAddress }))), [
    { service: 'echo', index: 0, listen: one },
    { service: 'echo', index: 1, listen: two },
    { service: adminName, index: 0, listen: { text: 'tcp://127.0.0.1:9080' } },
  ]);
});

t.test('pools that stay as they are', async (t) => {
  const unchanged = (before: Plan, after: Plan): string[] =>
    [...unchangedPools(before, after)].filter((name) => !ofHouse.includes(name)).sort();
  // Whether those stay is seen when they are told something else.
  const ofHouse = ['@acme', '@courier', '@registry'];
  const [echo, alone] = [servicePlan({ name: 'echo' }), servicePlan({ name: 'alone', isolate: true })];
  const before = planOf({ services: [echo, alone], admin: adminAddress });

  t.test('all of them where the plan is the same', async (t) => {
    t.same(unchanged(before, structuredClone(before)), [adminName, 'alone', 'main']);
  });

  t.test('not the one whose service changed', async (t) => {
    const after = { ...before, services: [echo, { ...alone, banner: 'no' }] };
    t.same(unchanged(before, after), [adminName, 'main']);
  });

  t.test('not one that is new or gone', async (t) => {
    t.same(unchanged({ ...before, services: [echo] }, before), [adminName, 'main']);
    t.same(unchanged(before, { ...before, services: [echo] }), [adminName, 'main']);
  });

  t.test('not the admin listener when its address, the log or the daemon changed', async (t) => {
    t.same(unchanged(before, { ...before, admin: listenPlan('tcp://127.0.0.1:9081') }), ['alone', 'main']);
    t.same(unchanged(before, { ...before, admin: null }), ['alone', 'main']);
    t.same(unchanged(before, { ...before, logging: { ...noLogging, level: 'debug' } }), []);
    t.same(unchanged(before, { ...before, daemon: daemonPlan({ drain: 1 }) }), []);
  });

  t.test('never one with a module of the user’s: its files may have changed', async (t) => {
    const services = [echo, { ...alone, type: '/srv/greeter.ts' }];
    t.same(unchanged({ ...before, services }, { ...before, services }), [adminName, 'main']);
  });
});

t.test('the start message', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portico-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const clientCa = join(folder, 'ca.pem');
  writeFileSync(clientCa, 'PEM of the CA');
  const echo = servicePlan({
    name: 'echo',
    listen: [listenPlan('tcp://127.0.0.1:1'), listenPlan('udp://127.0.0.1:2')],
  });
  const secret = servicePlan({
    name: 'secret',
    listen: [listenPlan('tls://127.0.0.1:3')],
    tls: { ...echo.tls, clientCa },
  });
  const plan = planOf({ services: [echo, secret], daemon: daemonPlan({ workers: 2, user: null }) });
  const [pool] = poolPlans(plan);
  const options: StartMessageOptions = {
    plan,
    pool: pool!,
    generation: 5,
    names: ['echo', 'secret'],
    sockets: new Map([
      ['echo/0', [held(1, 20), held(1, 21)]],
      ['echo/1', [held(2, 22, 'datagram')]],
      ['secret/0', [held(3, 23)]],
    ]),
    certificates: { default: { cert: 'a', key: 'b' } },
    logFiles: { '/var/log/a': 30, '/var/log/b': 31 },
    bans: [],
    challenges: [],
  };

  t.test('calls each descriptor by the number that it has in the worker', async (t) => {
    const { start, inherit } = startMessage(options);
    t.same(inherit, [20, 21, 22, 23, 30, 31]);
    t.same(
      start.services.map(({ name, sockets }) => [name, sockets.map(({ fd, listen, port }) => [fd, listen, port])]),
      [
        [
          'echo',
          [
            [3, 0, 1],
            [4, 0, 1],
            [5, 1, 2],
          ],
        ],
        ['secret', [[6, 0, 3]]],
      ],
    );
    t.same(start.logFiles, { '/var/log/a': 7, '/var/log/b': 8 });
    t.same(start.services[0]?.sockets[2], {
      fd: 5,
      listen: 1,
      transport: 'datagram',
      address: '127.0.0.1',
      port: 2,
      family: 'IPv4',
    });
  });

  t.test('leaves out the services that shall not run in this worker, and their sockets', async (t) => {
    const { start, inherit } = startMessage({ ...options, names: ['secret'] });
    t.same(inherit, [23, 30, 31]);
    t.same(
      start.services.map(({ name, sockets }) => [name, sockets[0]?.fd]),
      [['secret', 3]],
    );
  });

  t.test('passes nothing where nothing could be bound ahead', async (t) => {
    const { start, inherit } = startMessage({
      ...options,
      sockets: new Map([['echo/1', [held(2, null, 'datagram')]]]),
      logFiles: {},
    });
    t.same(inherit, []);
    t.equal(start.services[0]?.sockets[0]?.fd, null);
  });

  t.test('has what the worker may not be able to read', async (t) => {
    const { start } = startMessage(options);
    t.same(
      start.services.map((service) => service.clientCa),
      [null, 'PEM of the CA'],
    );
    t.same(start.certificates, { default: { cert: 'a', key: 'b' } });
  });

  t.test('says which worker of how many it is', async (t) => {
    const [one, two] = [startMessage(options).start, startMessage(options).start];
    t.match(one, { type: 'start', pool: 'main', generation: 5, workers: 2, hasAccounts: false });
    t.not(one.id, two.id);
    t.equal(one.ticketKeys, two.ticketKeys, 'each can resume the TLS sessions of the other');
    t.equal(Buffer.from(one.ticketKeys, 'base64').length, 48);
  });
});
