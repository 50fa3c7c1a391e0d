import fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import t, { type Test } from 'tap';

import type { Ban } from '../../src/contract/ban.ts';
import type { SessionEvent, SessionReport, StartMessage, ToMaster, ToWorker } from '../../src/contract/channel.ts';
import { ConfigError } from '../../src/contract/errors.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { createDaemon, type Daemon } from '../../src/master/daemon.ts';
import type { WorkerExit, WorkerProcess, WorkerProcessOptions } from '../../src/master/worker-process.ts';
import { daemonPlan, listenPlan, noLogging, plan, servicePlan } from '../support/plans.ts';

/** A worker without a process. */
interface FakeWorker {
  readonly pool: string;
  readonly generation: number;
  readonly services: readonly string[];
  readonly told: readonly ToWorker[];
  killed: boolean;
  say(message: ToMaster): void;
  end(exit?: Partial<WorkerExit>): void;
}

interface Bench {
  readonly daemon: Daemon;
  /** Those of services. */
  readonly workers: readonly FakeWorker[];
  readonly registries: readonly FakeWorker[];
  /** What all of them were told, in the order in which they were started. */
  readonly starts: readonly StartMessage[];
  /** What the next reload finds. */
  next: Plan | Error;
  /** Services that fail in every worker, with the reason. */
  readonly failing: Map<string, string>;
  /** Workers say "ready" by themselves. */
  isReady: boolean;
  sessions: SessionReport[];
  readonly logFile: string;
}

function setUp(t: Test): Bench {
  const workers: FakeWorker[] = [];
  const registries: FakeWorker[] = [];
  const starts: StartMessage[] = [];
  const folder = t.testdir();
  const launch = ({ start, message }: WorkerProcessOptions): WorkerProcess => {
    const { promise, resolve } = Promise.withResolvers<WorkerExit>();
    const told: ToWorker[] = [];
    const services = start.services.map(({ name }) => name);
    const answer = (asked: Extract<ToWorker, { type: 'ask' }>): void => {
      const mine = bench.sessions.filter(({ service }) => services.includes(service));
      const values = {
        report: { snapshot: [], sessions: mine.length, rss: 1_000 },
        sessions: mine,
        kick: mine.some(({ id }) => id === asked.argument),
        registry: null,
        challenge: true,
      };
      message({ type: 'reply', id: asked.id, value: JSON.parse(JSON.stringify(values[asked.what])) });
    };
    const worker: FakeWorker = {
      pool: start.pool,
      generation: start.generation,
      services,
      told,
      killed: false,
      say: message,
      end: (exit = {}) => resolve({ status: 0, signal: null, ...exit }),
    };
    const own = start.pool === '@registry' ? registries : workers;
    own.push(worker);
    starts.push(start);
    const failed = Object.fromEntries([...bench.failing].filter(([name]) => services.includes(name)));
    if (bench.isReady) queueMicrotask(() => message({ type: 'ready', failed, bound: {} }));
    return {
      id: start.id,
      pid: (own === workers ? 1_000 : 2_000) + own.length,
      descriptors: [-1, -1],
      exited: promise,
      passLogFiles: (files) => void told.push({ type: 'reopen', paths: Object.keys(files) }),
      flushed: () => Promise.resolve(),
      rest: () => '',
      kill: () => void (worker.killed = true),
      send(said) {
        told.push(said);
        if (said.type === 'ask') queueMicrotask(() => answer(said));
        if (said.type === 'stop') resolve({ status: 0, signal: null });
      },
    };
  };
  const bench: Bench = {
    daemon: createDaemon({
      version: '1.2.3',
      launcher: { prepare() {}, launch },
      load: async () => {
        if (bench.next instanceof Error) throw bench.next;
        return bench.next;
      },
    }),
    workers,
    registries,
    starts,
    next: new Error('nothing to load'),
    failing: new Map(),
    isReady: true,
    sessions: [],
    logFile: join(folder, 'portico.log'),
  };
  t.teardown(async () => {
    bench.daemon.stop();
    bench.daemon.stop();
    for (const worker of [...workers, ...registries]) worker.end();
    await bench.daemon.stopped;
    await bench.daemon.log.close();
  });
  return bench;
}

const echo = servicePlan({ name: 'echo' });
const alone = servicePlan({ name: 'alone', isolate: true, type: 'discard' });
const first = plan({ services: [echo, alone], daemon: daemonPlan({ drain: 30_000, drainReload: 600_000 }) });
/** `alone` differs, `echo` does not. */
const second = plan({ ...first, services: [echo, { ...alone, banner: 'no' }] });

const messages = (worker: FakeWorker | undefined, type: ToWorker['type']): ToWorker[] =>
  (worker?.told ?? []).filter((message) => message.type === type);

const sessionOf = (id: string, service: string): SessionReport => ({
  id,
  service,
  peer: '127.0.0.1:1',
  local: '127.0.0.1:2',
  account: null,
  tls: null,
  started: '2026-01-01T00:00:00.000Z',
  bytes: { in: 1, out: 2 },
  state: 'active',
});

t.test('before the first plan there is no status', async (t) => {
  const { daemon } = setUp(t);
  await t.rejects(daemon.status(), { message: 'the daemon is starting' });
});

t.test('while it starts, its services are starting', async (t) => {
  const bench = setUp(t);
  bench.isReady = false;
  const started = bench.daemon.start(first);
  while (bench.workers.length < 2) await turn();
  t.match(await bench.daemon.status(), {
    state: 'starting',
    generation: 0,
    services: [
      { name: 'echo', state: 'starting' },
      { name: 'alone', state: 'starting' },
    ],
  });
  for (const worker of bench.workers) worker.say({ type: 'ready', failed: {}, bound: {} });
  await started;
  t.equal((await bench.daemon.status()).state, 'running');
});

t.test('started', async (t) => {
  const { daemon } = setUp(t);
  await daemon.start(first);
  const status = await daemon.status();
  t.match(status, {
    name: 'portico',
    version: '1.2.3',
    pid: process.pid,
    state: 'running',
    generation: 1,
    config: '/etc/portico/daemon.config.yaml',
    admin: null,
    workers: [
      { pool: 'main', pid: 1_001, generation: 1, sessions: 0, rss: 1_000, restarts: 0 },
      { pool: 'alone', pid: 1_002 },
    ],
    services: [
      { name: 'echo', type: 'echo', state: 'up', pool: 'main', error: null },
      { name: 'alone', type: 'discard', state: 'up', pool: 'alone', error: null },
    ],
  });
  t.match(status.services[0]?.listeners[0]?.address, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
});

t.test('a service that fails at the start does not keep the others from serving', async (t) => {
  const bench = setUp(t);
  bench.failing.set('alone', 'no such file');
  await bench.daemon.start(first);
  t.match(await bench.daemon.status(), {
    state: 'running',
    services: [
      { name: 'echo', state: 'up', error: null },
      { name: 'alone', state: 'failed', error: 'no such file' },
    ],
  });
});

t.test('an address that cannot be bound is the end of the start', async (t) => {
  const { daemon } = setUp(t);
  const services = [servicePlan({ listen: [listenPlan('socket:web')] })];
  await t.rejects(daemon.start(plan({ services })), { name: 'BindError' });
});

t.test('a reload puts the new plan in force, and the workers it has changed drain', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  const before = await bench.daemon.status();
  bench.next = second;
  await bench.daemon.reload();
  const after = await bench.daemon.status();
  t.equal(after.generation, 2);
  t.same(
    after.services.map((service) => service.listeners),
    before.services.map((service) => service.listeners),
    'ports stay',
  );
  t.same(
    bench.workers.map(({ pool, generation }) => [pool, generation]),
    [
      ['main', 1],
      ['alone', 1],
      ['alone', 2],
    ],
  );
  t.same(messages(bench.workers[1], 'drain'), [{ type: 'drain', deadline: 600_000 }]);
  t.same(messages(bench.workers[0], 'drain'), [], 'what did not change is not touched');
});

t.test('a configuration with mistakes changes nothing', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  const mistake = { file: 'x.yaml', line: 1, column: 2, path: 'a', message: 'no', length: 1 };
  bench.next = new ConfigError([mistake]);
  await t.rejects(bench.daemon.reload(), { name: 'ConfigError', mistakes: [mistake] });
  t.match(await bench.daemon.status(), { state: 'running', generation: 1 });
  t.equal(bench.workers.length, 2);
  bench.next = second;
  await bench.daemon.reload();
  t.match(await bench.daemon.status(), { state: 'running', generation: 2 }, 'and the next one is welcome');
});

t.test('a reload whose service fails leaves the old one', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  bench.failing.set('alone', 'no such file');
  bench.next = second;
  await t.rejects(bench.daemon.reload(), { name: 'ExitError', message: 'service alone: no such file' });
  t.match(await bench.daemon.status(), {
    state: 'running',
    generation: 1,
    services: [{ state: 'up' }, { name: 'alone', state: 'up', error: null }],
  });
  t.same(messages(bench.workers[1], 'drain'), [], 'the old worker serves');
  t.equal(messages(bench.workers[2], 'stop').length, 1, 'the new one is gone');
});

t.test('there is nothing to reload before the start is over, nor after the stop', async (t) => {
  const bench = setUp(t);
  await t.rejects(bench.daemon.reload(), { message: 'the daemon is starting' });
  await bench.daemon.start(first);
  bench.daemon.stop();
  await t.rejects(bench.daemon.reload(), { message: 'the daemon is stopping' });
  await t.rejects(bench.daemon.upgrade(), { message: 'the daemon is stopping' });
});

t.test('two reloads at once are one after the other', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  bench.next = second;
  const both = [bench.daemon.reload(), bench.daemon.reload()];
  await Promise.all(both);
  t.equal((await bench.daemon.status()).generation, 3);
});

t.test('a worker that dies is replaced, and counted', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  bench.workers[0]?.end({ status: null, signal: 'SIGSEGV' });
  while (bench.workers.length < 3) await turn();
  await turn();
  t.match(bench.workers[2], { pool: 'main', services: ['echo'] });
  const { workers, services } = await bench.daemon.status();
  t.match(
    workers.find((worker) => worker.pool === 'main'),
    { pid: 1_003, restarts: 1 },
  );
  t.match(services[0], { name: 'echo', state: 'up' });
});

t.test('stop drains, closes the sockets, and is over after the last worker', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  let isStopped = false;
  const stopped = bench.daemon.stopped.then(() => (isStopped = true));
  bench.daemon.stop();
  t.equal((await bench.daemon.status()).state, 'stopping');
  for (const worker of bench.workers)
    t.same(messages(worker, 'drain'), [{ type: 'drain', deadline: 30_000, isStopping: true }]);
  t.same(bench.daemon.keeper.all(), [], 'who connects now is refused');
  bench.workers[0]?.end();
  await turn();
  t.equal(isStopped, false);
  bench.workers[1]?.end();
  await stopped;
  t.equal(bench.workers.length, 2, 'nobody is replaced');
});

t.test('workers of an earlier generation get no longer than the others', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  bench.next = second;
  await bench.daemon.reload();
  bench.daemon.stop();
  t.same(messages(bench.workers[1], 'drain'), [
    { type: 'drain', deadline: 600_000 },
    { type: 'drain', deadline: 30_000, isStopping: true },
  ]);
});

t.test('a second stop waits for nobody', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  bench.daemon.stop();
  bench.daemon.stop();
  for (const worker of bench.workers) t.equal(messages(worker, 'stop').length, 1);
  await bench.daemon.stopped;
});

t.test('a stop in the middle of the start', async (t) => {
  const bench = setUp(t);
  bench.isReady = false;
  const started = bench.daemon.start(first);
  while (bench.workers.length < 2) await turn();
  bench.daemon.stop();
  const begun = [...bench.workers];
  for (const worker of begun)
    t.same(messages(worker, 'drain'), [{ type: 'drain', deadline: 30_000, isStopping: true }]);
  bench.isReady = true;
  for (const worker of begun) worker.end();
  await bench.daemon.stopped;
  await started;
  t.equal((await bench.daemon.status()).state, 'stopping');
  for (const worker of bench.workers.slice(begun.length)) t.equal(messages(worker, 'stop').length, 1);
});

t.test('a stop before the registry was started', async (t) => {
  const bench = setUp(t);
  bench.isReady = false;
  const outputs = [{ kind: 'file', path: bench.logFile, format: 'json' } as const];
  const started = bench.daemon.start({ ...first, logging: { ...noLogging, outputs } });
  while (bench.workers.length < 2) await turn();
  t.equal(bench.registries.length, 0);
  bench.daemon.stop();
  for (const worker of bench.workers) worker.end();
  await Promise.all([bench.daemon.stopped, started]);
  for (let round = 0; round < 10; round++) await turn();
  t.equal(bench.registries.length, 0, 'nobody needs it any more');
  await bench.daemon.log.flush();
  t.same(
    fs
      .readFileSync(bench.logFile, 'utf8')
      .match(/"event":"[a-z.]+"/g)
      ?.filter((event) => /service|config/.test(event)) ?? [],
    [],
    'and nothing is said to have come up',
  );
});

t.test('a second stop in the middle of the start', async (t) => {
  const bench = setUp(t);
  bench.isReady = false;
  bench.failing.set('alone', 'no such file');
  const started = bench.daemon.start(first);
  while (bench.workers.length < 2) await turn();
  bench.workers[1]?.say({ type: 'ready', failed: { alone: 'no such file' }, bound: {} });
  bench.daemon.stop();
  t.same(messages(bench.workers[0], 'stop'), []);
  bench.daemon.stop();
  t.equal(messages(bench.workers[0], 'stop').length, 1);
  t.equal(messages(bench.workers[1], 'stop').length, 1);
  await Promise.all([bench.daemon.stopped, started]);
});

t.test('a stop in the middle of a reload ends the old and the new workers', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  bench.isReady = false;
  bench.next = second;
  const reloaded = bench.daemon.reload();
  while (bench.workers.length < 3) await turn();
  bench.daemon.stop();
  for (const worker of bench.workers) t.equal(messages(worker, 'drain').length, 1);
  for (const worker of bench.workers) worker.end();
  while (messages(bench.registries[0], 'stop').length === 0) await turn();
  await bench.daemon.stopped;
  await reloaded.catch(() => {});
  t.equal((await bench.daemon.status()).state, 'stopping');
});

t.test('the registry stays until the last session has ended', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  bench.daemon.stop();
  const [registry] = bench.registries;
  t.same([messages(registry, 'drain'), messages(registry, 'stop')], [[], []]);
  bench.workers[0]?.end();
  for (let round = 0; round < 10; round++) await turn();
  t.same(messages(registry, 'stop'), []);
  bench.workers[1]?.end();
  await bench.daemon.stopped;
  t.equal(messages(registry, 'stop').length, 1);
});

t.test('a registry that is killed while sessions drain is replaced, and then stopped like any other', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  bench.daemon.stop();
  bench.registries[0]?.end({ status: null, signal: 'SIGKILL' });
  while (bench.registries.length < 2) await turn();
  t.same(messages(bench.registries[1], 'stop'), []);
  for (const worker of bench.workers) worker.end();
  await bench.daemon.stopped;
  t.equal(messages(bench.registries[1], 'stop').length, 1);
  t.equal(bench.registries.length, 2);
});

t.test('what the command line orders comes to the registry', async (t) => {
  const bench = setUp(t);
  await t.rejects(async () => bench.daemon.orders.certificates(), { message: 'the daemon is starting' });
  await bench.daemon.start(first);
  await t.rejects(bench.daemon.orders.bans(), { message: 'the registry does not answer; the log says why' });
  const asked = messages(bench.registries[0], 'ask').filter((ask) => ask.type === 'ask' && ask.what === 'registry');
  t.match(asked, [{ argument: { what: 'bans' } }]);
  t.same(bench.daemon.orders.certificates(), { authority: null, certificates: [] });
});

t.test('a worker that tells bans or orders what is not its own is ended', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  const ban: Ban = { source: '192.0.2.1', until: null, reason: 'manual', service: null, since: 1 };
  bench.workers[0]?.say({ type: 'bans', bans: [ban] });
  bench.workers[1]?.say({ type: 'ask', id: 1, what: 'registry', argument: { what: 'unban', source: '192.0.2.1' } });
  t.same(
    bench.workers.map(({ killed }) => killed),
    [true, true],
  );
  bench.registries[0]?.say({ type: 'bans', bans: [ban] });
  t.equal(bench.registries[0]?.killed, false);
  for (const worker of bench.workers) worker.end();
  while (bench.workers.length < 4) await turn();
  t.same(bench.starts.at(-1)?.bans, [ban], 'who starts later knows them from the beginning');
});

t.test('sessions of all workers are seen, followed and kicked', async (t) => {
  const bench = setUp(t);
  await bench.daemon.start(first);
  bench.sessions = [sessionOf('aaaaaaaaaaaa', 'echo'), sessionOf('bbbbbbbbbbbb', 'alone')];
  t.same(
    (await bench.daemon.sessions()).map(({ id, service }) => [id, service]),
    [
      ['aaaaaaaaaaaa', 'echo'],
      ['bbbbbbbbbbbb', 'alone'],
    ],
  );
  t.equal(await bench.daemon.kick('bbbbbbbbbbbb'), true);
  t.equal(await bench.daemon.kick('cccccccccccc'), false);
  const seen: SessionEvent[] = [];
  const unfollow = bench.daemon.follow((event) => seen.push(event));
  const event: SessionEvent = { event: 'start', session: sessionOf('dddddddddddd', 'echo') };
  bench.workers[0]?.say({ type: 'session', event });
  t.same(seen, [event]);
  unfollow();
  bench.workers[0]?.say({ type: 'session', event });
  t.equal(seen.length, 1);
  t.same(messages(bench.workers[0], 'follow'), [
    { type: 'follow', on: true },
    { type: 'follow', on: false },
  ]);
});

t.test('what happens to the daemon is in its log, before and after a rotation', async (t) => {
  const bench = setUp(t);
  const path = bench.logFile;
  const logging = { ...noLogging, outputs: [{ kind: 'file', path, format: 'json' } as const] };
  bench.failing.set('alone', 'no such file');
  await bench.daemon.start({ ...first, logging });
  await bench.daemon.log.flush();
  fs.renameSync(path, `${path}.1`);
  bench.daemon.reopenLogs();
  t.same(messages(bench.workers[0], 'reopen'), [{ type: 'reopen', paths: [path] }]);
  bench.next = new ConfigError([]);
  await bench.daemon.reload().catch(() => {});
  bench.daemon.stop();
  await bench.daemon.log.flush();
  const eventsIn = (file: string): unknown[] =>
    fs
      .readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
  t.same(eventsIn(`${path}.1`), [
    'daemon.start',
    'worker.start',
    'worker.start',
    'service.failed',
    // The registry's.
    'worker.start',
    'service.up',
    'config.loaded',
  ]);
  t.same(eventsIn(path), ['log.reopened', 'config.rejected', 'daemon.stop']);
});
