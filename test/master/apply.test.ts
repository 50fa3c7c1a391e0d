import { fstatSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';

import type { ToWorker } from '../../src/contract/channel.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { applyPlan, type Applied, type ApplyOptions } from '../../src/master/apply.ts';
import { createCertificates } from '../../src/master/certificates.ts';
import { createLogFiles } from '../../src/master/log-files.ts';
import { createRegistryLink } from '../../src/master/registry-link.ts';
import { createSocketKeeper, type SocketKeeper } from '../../src/master/sockets.ts';
import type { WorkerExit, WorkerProcess, WorkerProcessOptions } from '../../src/master/worker-process.ts';
import { acmePlan, listenPlan, plan as planOf, servicePlan } from '../support/plans.ts';

interface Launched extends WorkerProcess {
  readonly pool: string;
  readonly told: ToWorker[];
}

interface Bench {
  readonly keeper: SocketKeeper;
  readonly state: string;
  readonly launched: Launched[];
  readonly registries: Launched[];
  /** Pools in the order in which their workers were launched. */
  readonly order: string[];
  /** Pools whose workers never say that they are ready. */
  readonly silent: Set<string>;
  /** Pools for which no process can be started. */
  readonly unlaunchable: Set<string>;
  /** Services that fail in every worker, with the reason. */
  readonly failing: Map<string, string>;
  apply(current: Applied | null, plan: Plan, more?: Partial<ApplyOptions>): Promise<Applied>;
}

/** Applies plans with workers that are ready at once. */
function bench(t: Test): Bench {
  const keeper = createSocketKeeper();
  const launched: Launched[] = [];
  const registries: Launched[] = [];
  const order: string[] = [];
  const silent = new Set<string>();
  const failing = new Map<string, string>();
  const unlaunchable = new Set<string>();
  const exits: ((exit: WorkerExit) => void)[] = [];
  const state = t.testdir({});
  const launch = ({ start, message }: WorkerProcessOptions): WorkerProcess => {
    if (unlaunchable.has(start.pool)) throw Object.assign(new Error('no more processes'), { code: 'EAGAIN' });
    const { promise, resolve } = Promise.withResolvers<WorkerExit>();
    exits.push(resolve);
    const told: ToWorker[] = [];
    const worker: Launched = {
      id: start.id,
      pid: 1,
      pool: start.pool,
      told,
      descriptors: [-1, -1],
      exited: promise,
      passLogFiles() {},
      flushed: () => Promise.resolve(),
      rest: () => '',
      kill() {},
      send(text) {
        told.push(text);
        if (text.type === 'stop') resolve({ status: 0, signal: null });
      },
    };
    order.push(start.pool);
    (start.pool === '@registry' ? registries : launched).push(worker);
    const own = start.services.map(({ name }) => name).filter((name) => failing.has(name));
    const failed = Object.fromEntries(own.map((name) => [name, failing.get(name)!]));
    if (!silent.has(start.pool)) queueMicrotask(() => message({ type: 'ready', failed, bound: {} }));
    return worker;
  };
  const options: ApplyOptions = {
    keeper,
    logFiles: createLogFiles(),
    certificates: createCertificates(),
    launcher: { prepare() {}, launch },
    events: {
      joined() {},
      left() {},
      launchFailed() {},
      unresponsive() {},
      tooLarge() {},
      serviceFailed() {},
      broken() {},
      message() {},
    },
    registry: createRegistryLink(
      () => [],
      () => [],
    ),
    starting() {},
    mustSucceed: true,
    generation: 1,
  };
  const everything: Applied[] = [];
  t.teardown(() => {
    for (const { pool } of everything.flatMap(({ pools }) => pools)) pool.stop();
    for (const exit of exits) exit({ status: 0, signal: null });
    keeper.close();
  });
  return {
    keeper,
    state,
    launched,
    registries,
    order,
    silent,
    failing,
    unlaunchable,
    async apply(current, plan, more = {}) {
      const daemon = { ...plan.daemon, state };
      const applied = await applyPlan({ ...options, ...more }, current, { ...plan, daemon });
      everything.push(applied);
      return applied;
    },
  };
}

const echo = servicePlan({ name: 'echo' });
const alone = servicePlan({ name: 'alone', isolate: true });
const started = planOf({ services: [echo, alone] });

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

t.test('a start binds everything and starts every pool', async (t) => {
  const { apply, launched, keeper } = bench(t);
  const applied = await apply(null, started);
  t.same(
    launched.map(({ pool }) => pool),
    ['main', 'alone'],
  );
  t.same([...applied.sockets.keys()], ['echo/0', 'alone/0']);
  t.equal(keeper.all().length, 2);
});

t.test('a pool whose plan did not change is not touched, the others are started anew', async (t) => {
  const { apply, launched } = bench(t);
  const first = await apply(null, started);
  const second = await apply(first, planOf({ services: [echo, { ...alone, banner: 'no' }] }), { generation: 2 });
  t.equal(second.pools[0]?.pool, first.pools[0]?.pool);
  t.not(second.pools[1]?.pool, first.pools[1]?.pool);
  t.same(
    launched.map(({ pool, told }) => [pool, told]),
    [
      ['main', []],
      ['alone', [{ type: 'drain', deadline: 600_000 }]],
      ['alone', []],
    ],
  );
  t.equal(second.sockets.get('alone/0')?.[0], first.sockets.get('alone/0')?.[0], 'on the same socket');
});

t.test('a pool with a failed service is started anew, though its plan is the same', async (t) => {
  const { apply, failing } = bench(t);
  failing.set('alone', 'no file');
  const first = await apply(null, started, { mustSucceed: false });
  t.same([...(first.pools[1]?.pool.failed ?? [])], [['alone', 'no file']]);
  failing.clear();
  const second = await apply(first, started);
  t.equal(second.pools[0]?.pool, first.pools[0]?.pool);
  t.equal(second.pools[1]?.pool.failed.size, 0);
});

t.test('a service that fails undoes a reload whole', async (t) => {
  const { apply, launched, failing, keeper } = bench(t);
  const first = await apply(null, started);
  const before = keeper.all();
  failing.set('new', 'no file');
  failing.set('newer', 'no idea');
  const services = [servicePlan({ name: 'new' }), servicePlan({ name: 'newer', isolate: true })];
  await t.rejects(apply(first, planOf({ services })), {
    name: 'ExitError',
    code: 78,
    message: 'service new: no file\nservice newer: no idea',
  });
  t.same(keeper.all(), before);
  t.same(
    launched.map(({ pool, told }) => [pool, told]),
    [
      ['main', []],
      ['alone', []],
      ['main', [{ type: 'stop' }]],
      ['newer', [{ type: 'stop' }]],
    ],
  );
});

t.test('an address that cannot be bound starts nothing', async (t) => {
  const { apply, launched } = bench(t);
  const services = [echo, servicePlan({ name: 'elsewhere', listen: [listenPlan('tcp://192.0.2.1:0')] })];
  await t.rejects(apply(null, planOf({ services })), { name: 'BindError' });
  t.same(launched, []);
});

t.test('a pool that cannot be launched takes those with it that were', async (t) => {
  const { apply, launched, keeper, unlaunchable } = bench(t);
  unlaunchable.add('alone');
  await t.rejects(apply(null, planOf({ services: [echo, alone] })), { code: 'EAGAIN' });
  t.same(
    launched.map(({ pool, told }) => [pool, told]),
    [['main', [{ type: 'stop' }]]],
  );
  t.same(keeper.all(), []);
});

t.test('a certificate authority that changed on disk starts its pool anew, and only that', async (t) => {
  const { apply, launched } = bench(t);
  const folder = mkdtempSync(join(tmpdir(), 'portico-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const clientCa = join(folder, 'ca.pem');
  const plan = planOf({ services: [echo, { ...alone, tls: { ...alone.tls, clientCa } }] });
  writeFileSync(clientCa, 'first');
  const first = await apply(null, plan);
  await apply(first, plan);
  t.same(
    launched.map(({ pool }) => pool),
    ['main', 'alone'],
  );
  writeFileSync(clientCa, 'second');
  await apply(first, plan);
  t.same(
    launched.map(({ pool }) => pool),
    ['main', 'alone', 'alone'],
  );
});

t.test('what the new plan does not name is given up', async (t) => {
  const { apply, launched, keeper } = bench(t);
  const folder = mkdtempSync(join(tmpdir(), 'portico-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const logging = {
    ...started.logging,
    outputs: [{ kind: 'file', path: join(folder, 'log'), format: 'json' } as const],
  };
  const logFiles = createLogFiles();
  const first = await apply(null, { ...started, logging }, { logFiles });
  const [fd] = Object.values(logFiles.open(logging));
  const second = await apply(first, planOf({ services: [echo] }), { logFiles });
  t.equal(isOpen(fd!), false);
  t.equal(keeper.all().length, 1);
  t.same([...second.sockets.keys()], ['echo/0']);
  t.same(launched[1]?.told, [{ type: 'drain', deadline: 600_000 }]);
});

t.test('the registry', async (t) => {
  t.test('is started after the services, and its folders are made', async (t) => {
    const { apply, launched, registries, state } = bench(t);
    await apply(null, started, { mustSucceed: false });
    t.equal(launched.length, 2);
    t.equal(registries.length, 1);
    t.equal(statSync(join(state, 'store')).mode & 0o777, 0o700);
    t.equal(statSync(join(state, 'acme')).mode & 0o777, 0o700);
  });

  t.test('is not touched by what does not concern it, and started anew for what does', async (t) => {
    const { apply, registries } = bench(t);
    const first = await apply(null, started);
    const second = await apply(first, planOf({ services: [echo] }));
    t.equal(registries.length, 1);
    const access = { ...echo.access, neverBan: ['192.0.2.0/24'] };
    const third = await apply(second, planOf({ services: [{ ...echo, access }] }));
    t.equal(registries.length, 2);
    t.same(registries[0]?.told, [{ type: 'drain', deadline: 600_000 }]);
    await apply(third, planOf({ services: [{ ...echo, access }], accounts: [{ kind: 'sqlite', path: '/a.db' }] }));
    t.equal(registries.length, 3);
  });

  t.test('hears of a new authority file, and of none that is gone', async (t) => {
    const { apply, registries } = bench(t);
    const folder = t.testdir({ 'ca.pem': 'first' });
    const ca = join(folder, 'ca.pem');
    // The daemon gets its pairs before it applies; here they are not asked for.
    const certificates = { ...createCertificates(), load: () => ({}) };
    const withCa = planOf({ certificates: { public: acmePlan({ ca }) } });
    const first = await apply(null, withCa, { certificates });
    writeFileSync(ca, 'second');
    const second = await apply(first, withCa, { certificates });
    t.equal(registries.length, 2);
    rmSync(ca);
    await apply(second, planOf({ certificates: { public: acmePlan({ ca: null }) } }), { certificates });
    t.equal(registries.length, 3);
  });

  t.test('comes first where there is something to know, and is waited for until it has told it', async (t) => {
    const { apply, state, order, silent } = bench(t);
    silent.add('@registry');
    mkdirSync(join(state, 'store'));
    writeFileSync(join(state, 'store/portico.db'), '');
    const hasBans = Promise.withResolvers<void>();
    const registry = {
      ...createRegistryLink(
        () => [],
        () => [],
      ),
      hasBans: hasBans.promise,
    };
    const applied = apply(null, started, { registry, mustSucceed: false });
    while (order.length === 0) await turn();
    await turn();
    t.same(order, ['@registry']);
    hasBans.resolve();
    await applied;
    t.same(order, ['@registry', 'main', 'alone']);
  });

  t.test('that fails keeps no service from starting', async (t) => {
    const { apply, failing, launched } = bench(t);
    failing.set('@registry', 'no idea');
    const applied = await apply(null, started, { mustSucceed: false });
    t.same(
      applied.pools.map(({ pool }) => [pool.name, pool.failed.size]),
      [
        ['main', 0],
        ['alone', 0],
        ['@registry', 1],
      ],
    );
    t.equal(launched.length, 2);
  });

  t.test('nor does a folder that cannot be made', async (t) => {
    const { apply, state, launched, registries } = bench(t);
    writeFileSync(join(state, 'store'), 'in the way');
    await apply(null, started, { mustSucceed: false });
    t.equal(launched.length, 2);
    t.equal(registries.length, 1, 'it will tell');
  });
});

t.test('the pools that are about to start are told before they do', async (t) => {
  const { apply, launched } = bench(t);
  const told: [names: string[], launched: number][] = [];
  await apply(null, started, {
    starting: (pools) => void told.push([pools.map(({ name }) => name), launched.length]),
  });
  t.same(told, [[['main', 'alone', '@registry'], 0]]);
});
