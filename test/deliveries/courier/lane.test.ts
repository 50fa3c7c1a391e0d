import { join } from 'node:path';

import t, { type Test } from 'tap';

import { TemporaryError } from '../../../src/contract/errors.ts';
import type { Item } from '../../../src/contract/item.ts';
import type { QueueTable, TaskReport } from '../../../src/contract/queue.ts';
import { createLane, type LaneEvent, type LaneOptions } from '../../../src/deliveries/courier/lane.ts';
import { createSettler } from '../../../src/deliveries/courier/settler.ts';
import { openStore } from '../../../src/store/store.ts';
import { deliveryPlan } from '../../support/plans.ts';
import { itemIdOf, newItem, scratchSpool } from '../../support/spool.ts';

type Deliver = (item: Item, signal: AbortSignal) => Promise<void>;

interface Bench {
  readonly lane: ReturnType<typeof createLane>;
  readonly queue: QueueTable;
  /** Ends of ids, in the order in which they were tried. */
  readonly tried: string[];
  readonly events: LaneEvent[];
  readonly leases: number[];
  add(...ends: string[]): Promise<void>;
  put(end: string, text?: string): void;
  now: number;
  /** Resolves when so many attempts have ended. */
  ended(count: number): Promise<void>;
  tasks(): Promise<readonly TaskReport[]>;
  readonly stopping: AbortController;
  flush(): Promise<void>;
}

const end = (id: string): string => id.replace(/^0+/, '');

function setUp(
  t: Test,
  deliver: Deliver = async () => {},
  plan = deliveryPlan(),
  more: Partial<LaneOptions> = {},
): Bench {
  const { spool, put } = scratchSpool(t);
  const store = openStore(join(t.testdirName, 'portico.db'));
  const { queue } = store;
  const settler = createSettler({ queue, owner: 'me', failed: (error) => t.fail(String(error)) });
  t.teardown(async () => {
    await lane.stop();
    await settler.flush();
    store.close();
  });
  const tried: string[] = [];
  const events: LaneEvent[] = [];
  const leases: number[] = [];
  const stopping = new AbortController();
  let wake = Promise.withResolvers<void>();
  const lane = createLane({
    name: 'archive',
    plan,
    targetFor: async () => ({
      deliver(item, signal) {
        tried.push(end(item.id));
        return deliver(item, signal);
      },
    }),
    queue: {
      async lease(lease) {
        leases.push(lease.limit);
        return queue.lease(lease);
      },
    },
    settler,
    owner: 'me',
    spool,
    stopping: stopping.signal,
    tell(event) {
      events.push(event);
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
    tellHealth: () => {},
    now: () => bench.now,
    random: () => 0,
    ...more,
  });
  const bench: Bench = {
    lane,
    queue,
    tried,
    events,
    leases,
    stopping,
    now: 10_000,
    put: (name, text = 'hello') => put(itemIdOf(name), text),
    async add(...ends) {
      for (const name of ends) bench.put(name);
      await queue.add(ends.map((name) => newItem(itemIdOf(name), ['archive'])));
    },
    async ended(count) {
      while (events.length < count) await wake.promise;
      await settler.flush();
    },
    async tasks() {
      await settler.flush();
      return queue.list({ ids: [], delivery: null, state: null, limit: 1_000 });
    },
    flush: settler.flush,
  };
  return bench;
}

/** Attempts that end when the test says so. */
function held() {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  let wake = Promise.withResolvers<void>();
  return {
    deliver: (item: Item): Promise<void> => {
      const done = Promise.withResolvers<void>();
      waiting.set(end(item.id), done);
      wake.resolve();
      wake = Promise.withResolvers<void>();
      return done.promise;
    },
    names: (): string => [...waiting.keys()].join(' '),
    async began(...names: string[]): Promise<void> {
      while (!names.every((name) => waiting.has(name))) await wake.promise;
    },
    resolve(name: string): void {
      waiting.get(name)?.resolve();
      waiting.delete(name);
    },
  };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

t.test('delivers what there is, in its order', async (t) => {
  const bench = setUp(t, undefined, deliveryPlan({ concurrency: 1 }));
  await bench.add('c', 'a', 'b');
  await bench.lane.look();
  await bench.ended(3);
  t.same(bench.tried, ['c', 'a', 'b']);
  t.match(bench.events[0], {
    delivery: 'archive',
    task: { id: itemIdOf('c'), attempts: 0, item: { name: `${itemIdOf('c')}.txt` } },
    outcome: { result: 'done' },
  });
  t.match(await bench.tasks(), [{ state: 'done' }, { state: 'done' }, { state: 'done' }]);
});

t.test('so many at once, and the next when one of them has ended', async (t) => {
  const attempts = held();
  const bench = setUp(t, attempts.deliver, deliveryPlan({ concurrency: 2 }));
  await bench.add('a', 'b', 'c', 'd');
  await bench.lane.look();
  await attempts.began('a', 'b');
  await bench.lane.look();
  await turns();
  t.equal(attempts.names(), 'a b');
  attempts.resolve('b');
  await attempts.began('c');
  t.equal(attempts.names(), 'a c');
  for (const name of ['a', 'c']) attempts.resolve(name);
  await attempts.began('d');
  attempts.resolve('d');
  await bench.ended(4);
});

t.test('when a target is quick, more is leased ahead', async (t) => {
  const bench = setUp(t, undefined, deliveryPlan({ concurrency: 1 }));
  await bench.add(...Array.from({ length: 300 }, (_, at) => String(at)));
  await bench.lane.look();
  await bench.ended(300);
  t.same(bench.leases.slice(0, 8), [1, 1, 2, 4, 8, 16, 32, 64]);
  t.equal(Math.max(...bench.leases), 64);
  t.same(
    bench.tried,
    Array.from({ length: 300 }, (_, at) => end(itemIdOf(String(at)))),
  );
});

t.test('while things keep coming, those of a moment are leased together', async (t) => {
  const bench = setUp(t, undefined, deliveryPlan({ concurrency: 4 }));
  await bench.add('a');
  await bench.lane.look();
  await bench.ended(1);
  const looks = ['b', 'c', 'd'].map(async (name) => {
    await bench.add(name);
    await bench.lane.look();
  });
  await Promise.all(looks);
  await bench.ended(4);
  t.equal(bench.leases.length, 2);
  t.same(bench.tried, ['a', 'b', 'c', 'd']);
});

t.test('what fails for now is tried later, and holds nobody up', async (t) => {
  const bench = setUp(t, async ({ id }) => {
    if (end(id) === 'a') throw new TemporaryError('the line is busy\n', 20_000);
  });
  await bench.add('a', 'b', 'c');
  await bench.lane.look();
  await bench.ended(3);
  t.match(bench.events.find(({ outcome }) => outcome.result === 'retry')?.outcome, {
    result: 'retry',
    at: 30_000,
    reason: 'the line is busy\\n',
  });
  t.match(await bench.tasks(), [{ state: 'queued', attempts: 1 }, { state: 'done' }, { state: 'done' }]);
  await bench.lane.look();
  t.equal(bench.tried.length, 3);
  bench.now = 30_000;
  await bench.lane.look();
  await bench.ended(4);
  t.equal(bench.tried.at(-1), 'a');
});

t.test('what fails for ever is kept, with the reason', async (t) => {
  const bench = setUp(t, () => Promise.reject(new Error(`no such folder ${'x'.repeat(600)}`)));
  await bench.add('a');
  await bench.lane.look();
  await bench.ended(1);
  const [task] = await bench.tasks();
  t.match(task, { state: 'failed', attempts: 1, reason: /^no such folder x+…$/ });
  t.equal(task?.reason?.length, 500);
});

t.test('given up when it is too old, after one more attempt at its end', async (t) => {
  const retry = { first: 1_000, longest: 1_000, giveUp: 10_500 };
  const bench = setUp(t, () => Promise.reject(new TemporaryError('down')), deliveryPlan({ retry }));
  await bench.add('a');
  await bench.lane.look();
  await bench.ended(1);
  t.match(bench.events[0]?.outcome, { result: 'retry', at: 11_000 });
  bench.now = 11_000;
  await bench.lane.look();
  await bench.ended(2);
  t.match(bench.events[1]?.outcome, { result: 'retry', at: 11_500 });
  bench.now = 11_500;
  await bench.lane.look();
  await bench.ended(3);
  t.match(bench.events[2]?.outcome, { result: 'failed', reason: 'given up after 3 attempts: down' });
});

t.test('what the delivery does not want is done with', async (t) => {
  const plan = deliveryPlan({ when: { service: ['mail'], name: null } });
  const bench = setUp(t, () => Promise.reject(new Error('nobody should ask')), plan);
  await bench.add('a');
  await bench.lane.look();
  await bench.ended(1);
  t.match(bench.events[0]?.outcome, { result: 'skipped' });
  t.match(await bench.queue.finished(10), [{ id: itemIdOf('a') }]);
});

t.test('a file that has gone is no reason to try again', async (t) => {
  const bench = setUp(t);
  await bench.queue.add([newItem(itemIdOf('a'), ['archive'])]);
  bench.put('b', 'shorter');
  await bench.queue.add([newItem(itemIdOf('b'), ['archive'])]);
  await bench.lane.look();
  await bench.ended(2);
  t.same(bench.tried, []);
  t.match(await bench.tasks(), [
    { state: 'failed', reason: 'its file is no longer in the spool' },
    { state: 'failed', reason: 'its file in the spool has 7 bytes instead of 5' },
  ]);
});

t.test('a target that cannot be opened is a matter for later', async (t) => {
  const bench = setUp(t, undefined, deliveryPlan(), {
    targetFor: () => Promise.reject(new Error('the key is missing')),
  });
  await bench.add('a');
  await bench.lane.look();
  await bench.ended(1);
  t.match(bench.events[0]?.outcome, { result: 'retry', reason: 'the key is missing' });
});

t.test('a target that is down is tried with one thing at a time, and less and less', async (t) => {
  let isDown = true;
  const bench = setUp(
    t,
    async () => {
      if (isDown) throw new TemporaryError('connection refused');
    },
    deliveryPlan({ concurrency: 4 }),
  );
  await bench.add(...Array.from({ length: 50 }, (_, at) => String(at + 1)));
  await bench.lane.look();
  await bench.ended(4);
  await turns();
  const first = bench.tried.length;
  t.ok(first >= 4 && first < 8, `${first} of them are tried before it shows`);
  await bench.ended(first);
  const probes = async (now: number, count: number): Promise<number> => {
    bench.now = now;
    await bench.lane.look();
    await bench.ended(first + count);
    await bench.lane.look();
    await turns();
    return bench.tried.length - first;
  };
  t.equal(await probes(14_999, 0), 0);
  t.equal(await probes(15_000, 1), 1, 'one');
  t.equal(await probes(24_999, 1), 1, 'and a longer pause');
  isDown = false;
  bench.now = 25_000;
  await bench.lane.look();
  await bench.ended(first + 1 + 50);
  t.ok(
    (await bench.tasks()).every(({ state }) => state === 'done'),
    'all of them, once it is up again',
  );
});

t.test('one thing that cannot be delivered is no sign that the target is down', async (t) => {
  const bench = setUp(
    t,
    async ({ id }) => {
      if (end(id) === 'a') throw new TemporaryError('not this one');
    },
    deliveryPlan({ concurrency: 1 }),
  );
  await bench.add('a', 'b', 'c', 'd');
  await bench.lane.look();
  await bench.ended(4);
  t.same(bench.tried, ['a', 'b', 'c', 'd']);
});

t.test('stop waits for what is under way, and gives back the rest', async (t) => {
  const attempts = held();
  const bench = setUp(t, attempts.deliver, deliveryPlan({ concurrency: 1 }), {});
  await bench.add('a', 'b', 'c', 'd');
  await bench.lane.look();
  for (const name of ['a', 'b']) {
    await attempts.began(name);
    attempts.resolve(name);
  }
  await attempts.began('c');
  let hasStopped = false;
  const stopping = bench.lane.stop().then(() => (hasStopped = true));
  await turns();
  t.equal(hasStopped, false);
  attempts.resolve('c');
  await stopping;
  t.match(await bench.tasks(), [
    { state: 'done' },
    { state: 'done' },
    { state: 'done' },
    { id: itemIdOf('d'), state: 'queued', attempts: 0 },
  ]);
  await bench.lane.look();
  await turns();
  t.same(bench.tried, ['a', 'b', 'c']);
});

t.test('an attempt that has no time left is as if it had not been', async (t) => {
  const began = Promise.withResolvers<void>();
  const bench = setUp(t, (_item, signal) => {
    const { promise, reject } = Promise.withResolvers<void>();
    began.resolve();
    signal.addEventListener('abort', () => reject(new Error('aborted')));
    return promise;
  });
  await bench.add('a');
  await bench.lane.look();
  await began.promise;
  const stopping = bench.lane.stop();
  bench.stopping.abort();
  await stopping;
  t.match(await bench.tasks(), [{ state: 'queued', attempts: 0, reason: null, next: null }]);
});

t.test('a queue that cannot be asked is told of, and asked again', async (t) => {
  let isBroken = true;
  const bench: Bench = setUp(t, undefined, deliveryPlan(), {
    queue: {
      async lease(lease) {
        if (isBroken) throw new Error('the disk is gone');
        return bench.queue.lease(lease);
      },
    },
  });
  await bench.add('a');
  await t.rejects(bench.lane.look(), { message: 'the disk is gone' });
  isBroken = false;
  await bench.lane.look();
  await bench.ended(1);
});
