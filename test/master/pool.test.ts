import { setImmediate as turn } from 'node:timers/promises';
import { mock } from 'node:test';
import t, { type Test } from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import type { ToMaster, ToWorker } from '../../src/contract/channel.ts';
import { createPool, describeExit, type Pool, type PoolOptions } from '../../src/master/pool.ts';
import type { WorkerExit, WorkerProcess } from '../../src/master/worker-process.ts';

/** A worker process that does what the test says. */
interface FakeWorker extends WorkerProcess {
  /** What it was started for. */
  readonly services: readonly string[];
  readonly told: ToWorker[];
  readonly signals: NodeJS.Signals[];
  say(message: ToMaster): void;
  ready(failed?: Readonly<Record<string, string>>): void;
  /** Resolves when the pool knows. */
  exit(exit?: Partial<WorkerExit>): Promise<void>;
}

interface Bench {
  readonly pool: Pool;
  /** Every worker so far. */
  readonly launched: FakeWorker[];
  /** What the pool told of itself. */
  readonly said: string[];
  /** When set, launching throws it. */
  fault: Error | null;
}

function bench(t: Test, options: Partial<PoolOptions> = {}): Bench {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  t.teardown(() => mock.timers.reset());
  const launched: FakeWorker[] = [];
  const said: string[] = [];
  const pool = createPool({
    name: 'main',
    generation: 7,
    services: ['echo', 'time'],
    count: 1,
    memory: 1000,
    launch(services, message) {
      if (bench.fault !== null) throw bench.fault;
      const worker = createFakeWorker(`w${launched.length + 1}`, services, message);
      launched.push(worker);
      return worker;
    },
    events: {
      joined: (worker) => said.push(`${worker.process.id} joined`),
      left: (worker, exit, expected) =>
        said.push(`${worker.process.id} left ${expected ? 'as expected' : `by ${describeExit(exit)}`}`),
      launchFailed: (name, error) => said.push(`${name} not launched: ${String(error)}`),
      unresponsive: (worker) => said.push(`${worker.process.id} unresponsive`),
      tooLarge: (worker) => said.push(`${worker.process.id} too large: ${worker.rss}`),
      serviceFailed: (service, error) => said.push(`${service} failed: ${error}`),
      broken: (worker, error) => said.push(`${worker.process.id} broken: ${String(error)}`),
      message: (worker, message) => said.push(`${worker.process.id} says ${message.type}`),
    },
    ...options,
  });
  const bench: Bench = { pool, launched, said, fault: null };
  return bench;
}

function createFakeWorker(id: string, services: readonly string[], message: (message: ToMaster) => void): FakeWorker {
  const { promise, resolve } = Promise.withResolvers<WorkerExit>();
  const told: ToWorker[] = [];
  const signals: NodeJS.Signals[] = [];
  return {
    id,
    pid: 1,
    services,
    told,
    signals,
    descriptors: [-1, -1],
    exited: promise,
    send: (text) => void told.push(text),
    passLogFiles() {},
    flushed: () => Promise.resolve(),
    rest: () => '',
    kill: (signal) => void signals.push(signal),
    say: message,
    ready: (failed = {}) => message({ type: 'ready', failed, bound: {} }),
    async exit(exit = {}) {
      resolve({ status: null, signal: null, ...exit });
      await turn();
    },
  };
}

/** One tick of pings. */
const pingMs = 2_500;

t.test('starts its workers and is ready with the last of them', async (t) => {
  const { pool, launched, said } = bench(t, { count: 2 });
  const started = pool.start();
  t.same(
    launched.map(({ services }) => services),
    [
      ['echo', 'time'],
      ['echo', 'time'],
    ],
  );
  launched[0]!.ready();
  t.equal(pool.isReady, false);
  launched[1]!.ready();
  t.equal(pool.isReady, true);
  await started;
  t.same(said, ['w1 joined', 'w2 joined']);
  t.same(
    pool.workers.map((worker) => [worker.process.id, worker.pool, worker.generation, worker.restarts]),
    [
      ['w1', 'main', 7, 0],
      ['w2', 'main', 7, 0],
    ],
  );
});

t.test('knows which services failed and which ports workers bound themselves', async (t) => {
  const { pool, launched, said } = bench(t);
  const started = pool.start();
  launched[0]!.say({ type: 'ready', failed: { time: 'out of time' }, bound: { 'echo/0': 4711 } });
  await started;
  t.same([...pool.failed], [['time', 'out of time']]);
  t.same([...pool.bound], [['echo/0', 4711]]);
  t.same(said, ['w1 joined', 'time failed: out of time']);
});

t.test('replaces a worker that crashed at once, then after longer and longer pauses', async (t) => {
  const { pool, launched, said } = bench(t);
  void pool.start();
  launched[0]!.ready();
  await launched[0]!.exit({ signal: 'SIGSEGV' });
  t.equal(pool.isReady, false);
  for (const [index, pauseMs] of [0, 1_000, 2_000, 4_000].entries()) {
    if (pauseMs > 0) mock.timers.tick(pauseMs - 1);
    t.equal(launched.length, index + 1, `not before ${pauseMs} ms`);
    mock.timers.tick(1);
    t.equal(launched.length, index + 2, `after ${pauseMs} ms`);
    launched.at(-1)!.ready();
    await launched.at(-1)!.exit({ status: 1 });
  }
  t.equal(pool.restarts(), 5);
  t.same(said.slice(0, 4), ['w1 joined', 'w1 left by SIGSEGV', 'w2 joined', 'w2 left by status 1']);
});

t.test('a replacement knows how many came before it', async (t) => {
  const { pool, launched } = bench(t);
  void pool.start();
  launched[0]!.ready();
  await launched[0]!.exit({ status: 1 });
  mock.timers.tick(1);
  t.equal(pool.workers[0]?.restarts, 1);
});

t.test('a worker that ends while a service is starting takes only that service down', async (t) => {
  const { pool, launched, said } = bench(t);
  const started = pool.start();
  launched[0]!.say({ type: 'starting', service: 'echo' });
  launched[0]!.say({ type: 'starting', service: 'time' });
  await launched[0]!.exit({ status: 70 });
  mock.timers.tick(1);
  t.same(launched[1]?.services, ['echo']);
  launched[1]!.ready();
  await started;
  t.same([...pool.failed], [['time', 'the worker ended while the service was starting (status 70)']]);
  t.equal(said.at(-1), 'w2 joined');
});

t.test('a signal from outside is blamed on the starting service the third time only', async (t) => {
  const { pool, launched } = bench(t);
  void pool.start();
  for (const index of [0, 1, 2]) {
    t.same(launched[index]?.services, ['echo', 'time']);
    launched[index]!.say({ type: 'starting', service: 'echo' });
    await launched[index]!.exit({ signal: 'SIGKILL' });
    mock.timers.tick(2_000);
  }
  t.same(launched[3]?.services, ['time']);
  t.same([...pool.failed.keys()], ['echo']);
});

t.test('gives up when every service has failed', async (t) => {
  const { pool, launched } = bench(t, { services: ['echo'] });
  const started = pool.start();
  launched[0]!.say({ type: 'failed', error: 'no code' });
  await launched[0]!.exit({ status: 0 });
  await started;
  mock.timers.tick(60_000);
  t.same([...pool.failed], [['echo', 'no code']]);
  t.equal(launched.length, 1);
});

t.test('kills a worker that missed four pings', async (t) => {
  const { pool, launched, said } = bench(t);
  void pool.start();
  const [worker] = launched;
  worker!.ready();
  for (let ping = 0; ping < 4; ping++) mock.timers.tick(pingMs);
  t.same(worker!.told, [{ type: 'ping' }, { type: 'ping' }, { type: 'ping' }, { type: 'ping' }]);
  t.same(worker!.signals, []);
  mock.timers.tick(pingMs);
  t.same(worker!.signals, ['SIGKILL']);
  t.equal(said.at(-1), 'w1 unresponsive');
  await worker!.exit({ signal: 'SIGKILL' });
  mock.timers.tick(1);
  t.equal(launched.length, 2);
});

t.test('an answer to a ping is a sign of life, and nothing else that a worker says', async (t) => {
  const { pool, launched } = bench(t, { count: 2 });
  void pool.start();
  const [alive, busy] = launched;
  for (const worker of [alive, busy]) worker!.say({ type: 'starting', service: 'echo' });
  for (let ping = 0; ping < 4; ping++) mock.timers.tick(pingMs);
  alive!.say({ type: 'pong', rss: 1 });
  for (const message of [
    { type: 'starting', service: 'echo' },
    { type: 'ready', failed: {}, bound: {} },
    { type: 'reply', id: 1, value: null },
    { type: 'bus', topic: 'news', message: 'still here' },
    { type: 'release', name: 'x' },
  ] as const)
    busy!.say(message);
  mock.timers.tick(pingMs);
  t.same([alive!.signals, busy!.signals], [[], ['SIGKILL']]);
  for (let ping = 0; ping < 3; ping++) mock.timers.tick(pingMs);
  t.same(alive!.signals, []);
  mock.timers.tick(pingMs);
  t.same(alive!.signals, ['SIGKILL']);
});

t.test('a service that makes the worker fall silent while it starts is to blame at once', async (t) => {
  const { pool, launched } = bench(t);
  void pool.start();
  launched[0]!.say({ type: 'starting', service: 'echo' });
  for (let ping = 0; ping < 5; ping++) mock.timers.tick(pingMs);
  await launched[0]!.exit({ signal: 'SIGKILL' });
  t.same([...pool.failed.keys()], ['echo']);
});

t.test('replaces a worker that grew too large, before the large one is told to leave', async (t) => {
  const { pool, launched, said } = bench(t, { memory: 1000 });
  void pool.start();
  launched[0]!.ready();
  launched[0]!.say({ type: 'pong', rss: 1000 });
  mock.timers.tick(1);
  t.equal(launched.length, 1, 'the limit itself is allowed');
  launched[0]!.say({ type: 'pong', rss: 1001 });
  launched[0]!.say({ type: 'pong', rss: 1002 });
  mock.timers.tick(1);
  t.equal(launched.length, 2);
  t.same(launched[0]!.told, [{ type: 'drain', deadline: 10_000 }]);
  launched[1]!.ready();
  await launched[0]!.exit({ status: 0 });
  t.equal(pool.isReady, true);
  mock.timers.tick(pingMs);
  t.equal(launched.length, 2, 'the one that left needs no other');
  t.same(said, ['w1 joined', 'w1 too large: 1001', 'w2 joined', 'w1 left as expected']);
});

t.test('a replacement that cannot be launched is tried again', async (t) => {
  const it = bench(t);
  void it.pool.start();
  it.launched[0]!.ready();
  await it.launched[0]!.exit({ status: 1 });
  it.fault = new Error('no certificate');
  mock.timers.tick(1);
  t.equal(it.said.at(-1), 'main not launched: Error: no certificate');
  it.fault = null;
  mock.timers.tick(1_000);
  t.equal(it.launched.length, 2);
});

t.test('a first worker that cannot be launched is the caller’s to deal with', async (t) => {
  const it = bench(t);
  it.fault = new Error('no certificate');
  await t.rejects(async () => it.pool.start(), { message: 'no certificate' });
});

t.test('ends a worker that says what makes no sense, and lives on', async (t) => {
  const { pool, launched, said } = bench(t);
  void pool.start();
  launched[0]!.say({ type: 'ready', failed: null } as never);
  t.equal(said.at(-1), 'w1 broken: Error: expected a message to the master, got a wrong "ready"');
  launched[0]!.say(null as never);
  t.same(said, ['w1 joined', said.at(-1)], 'once');
  t.same(launched[0]!.signals, ['SIGKILL']);
});

t.test(
  'a worker that was taken over says nothing about the services of others, nor twice what it can say once',
  async (t) => {
    const { pool, launched, said } = bench(t);
    void pool.start();
    launched[0]!.say({ type: 'starting', service: 'chat' });
    launched[0]!.ready({ chat: 'ended' });
    launched[0]!.ready({ echo: 'ended', time: 'ended' });
    t.same([...pool.failed], []);
    launched[0]!.say({ type: 'starting', service: 'chat' });
    await launched[0]!.exit({ status: 1 });
    t.same([...pool.failed], []);
    t.same(said, ['w1 joined', 'w1 left by status 1']);
  },
);

t.test('retire lets the workers drain and replaces none', async (t) => {
  const { pool, launched, said } = bench(t, { count: 2 });
  void pool.start();
  for (const worker of launched) worker.ready();
  pool.retire(5_000);
  t.same(
    launched.map(({ told }) => told),
    [[{ type: 'drain', deadline: 5_000 }], [{ type: 'drain', deadline: 5_000 }]],
  );
  await launched[0]!.exit({ status: 0 });
  await launched[1]!.exit({ signal: 'SIGKILL' });
  mock.timers.tick(60_000);
  t.equal(launched.length, 2);
  t.same(pool.workers, []);
  t.same(said.slice(2), ['w1 left as expected', 'w2 left as expected']);
});

t.test('retire keeps a pending replacement from being launched', async (t) => {
  const { pool, launched } = bench(t);
  void pool.start();
  launched[0]!.ready();
  await launched[0]!.exit({ status: 1 });
  pool.retire(5_000);
  mock.timers.tick(60_000);
  t.equal(launched.length, 1);
});

t.test('stop ends the workers at once, and a start that is under way', async (t) => {
  const { pool, launched } = bench(t);
  const started = pool.start();
  pool.stop();
  await started;
  t.same(launched[0]!.told, [{ type: 'stop' }]);
});

t.test('asks a worker, and has no answer from one that is gone', async (t) => {
  const { pool, launched } = bench(t);
  void pool.start();
  const [worker] = pool.workers;
  const first = worker!.ask('kick', 'abc', 1_000);
  const asked = launched[0]!.told[0] as Extract<ToWorker, { type: 'ask' }>;
  t.match(asked, { type: 'ask', what: 'kick', argument: 'abc' });
  launched[0]!.say({ type: 'reply', id: asked.id, value: true });
  t.equal(await first, true);
  const second: Promise<Json> = worker!.ask('report', null, 1_000);
  await launched[0]!.exit({ status: 1 });
  t.equal(await second, null);
});

t.test('hands on what is not its own business', async (t) => {
  const { pool, launched, said } = bench(t);
  void pool.start();
  launched[0]!.say({ type: 'bus', topic: 'chat', message: 'hi' });
  t.equal(said.at(-1), 'w1 says bus');
});

t.test('describes an exit', async (t) => {
  t.equal(describeExit({ status: 1, signal: null }), 'status 1');
  t.equal(describeExit({ status: null, signal: 'SIGKILL' }), 'SIGKILL');
  t.equal(describeExit({ status: null, signal: null }), 'status unknown');
});
