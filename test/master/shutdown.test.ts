import t from 'tap';

import type { Pool, PoolWorker } from '../../src/master/pool.ts';
import { createShutdown, type Shutdown } from '../../src/master/shutdown.ts';
import { createFakePoolWorker, type FakePoolWorker } from '../support/fake-worker.ts';

interface Bench {
  readonly shutdown: Shutdown;
  /** What pools were told, in order. */
  readonly told: readonly string[];
  pool(name: string, ...workers: FakePoolWorker[]): void;
  /** A worker of no pool that is in force. */
  stranger(worker: FakePoolWorker): void;
  leave(worker: FakePoolWorker): void;
  isDone(): boolean;
}

function setUp(): Bench {
  const told: string[] = [];
  const pools: Pool[] = [];
  let workers: PoolWorker[] = [];
  let isDone = false;
  const shutdown = createShutdown({ fleet: { workers: () => workers }, pools: () => pools });
  void shutdown.done.then(() => (isDone = true));
  return {
    shutdown,
    told,
    pool(name, ...own) {
      workers.push(...own);
      pools.push({
        name,
        generation: 1,
        services: [],
        failed: new Map(),
        bound: new Map(),
        isReady: true,
        start: async () => {},
        retire: (deadlineMs) => void told.push(`${name} drain ${deadlineMs}`),
        stop: () => void told.push(`${name} stop`),
        get workers() {
          return own.filter((worker) => workers.includes(worker));
        },
        restarts: () => 0,
      });
    },
    stranger: (worker) => void workers.push(worker),
    leave(worker) {
      workers = workers.filter((each) => each !== worker);
      shutdown.workerLeft();
    },
    isDone: () => isDone,
  };
}

const serving = (id: string): FakePoolWorker => createFakePoolWorker(id);
const registry = (id: string): FakePoolWorker => createFakePoolWorker(id, { pool: '@registry' });

t.test('services first, the registry when they have gone', async (t) => {
  const { shutdown, told, pool, leave, isDone } = setUp();
  const [a, b, r] = [serving('a'), serving('b'), registry('r')];
  pool('main', a);
  pool('@admin', b);
  pool('@registry', r);
  leave(serving('somebody'));
  t.same(told, [], 'nothing has begun');
  shutdown.begin(false, 30_000);
  t.same(told, ['main drain 30000', '@admin drain 30000']);
  leave(a);
  t.equal(told.length, 2);
  leave(b);
  t.same(told.slice(2), ['@registry stop']);
  await Promise.resolve();
  t.equal(isDone(), false);
  leave(r);
  await shutdown.done;
  t.same(r.told, [], 'the pool tells its workers');
});

t.test('the courier goes after the services, and the registry after the courier', async (t) => {
  const { shutdown, told, pool, leave, isDone } = setUp();
  const courier = createFakePoolWorker('c', { pool: '@courier' });
  const [a, r] = [serving('a'), registry('r')];
  pool('main', a);
  pool('@courier', courier);
  pool('@registry', r);
  shutdown.begin(false, 30_000);
  t.same(told, ['main drain 30000']);
  leave(a);
  t.same(told.slice(1), ['@courier stop']);
  leave(courier);
  t.same(told.at(-1), '@registry stop');
  await Promise.resolve();
  t.equal(isDone(), false);
  leave(r);
  await shutdown.done;
});

t.test('at once is at once for all but the registry, which notes down what ends', async (t) => {
  const { shutdown, told, pool, leave } = setUp();
  const [a, r] = [serving('a'), registry('r')];
  pool('main', a);
  pool('@registry', r);
  shutdown.begin(false, 30_000);
  shutdown.begin(true, 30_000);
  t.same(told, ['main drain 30000', 'main stop']);
  leave(a);
  t.same(told.slice(2), ['@registry stop']);
  leave(r);
  await shutdown.done;
});

t.test('workers of earlier generations get no longer than the others, an earlier registry as long', async (t) => {
  const { shutdown, told, pool, stranger, leave } = setUp();
  const [old, oldRegistry, a] = [serving('old'), registry('old r'), serving('a')];
  pool('main', a);
  const r = registry('r');
  pool('@registry', r);
  stranger(old);
  stranger(oldRegistry);
  shutdown.begin(false, 5_000);
  t.same(old.told, [{ type: 'drain', deadline: 5_000, isStopping: true }]);
  t.same(oldRegistry.told, []);
  leave(a);
  leave(old);
  t.same(oldRegistry.told, [{ type: 'stop' }]);
  t.same(told, ['main drain 5000', '@registry stop']);
  t.same(r.told, []);
});

t.test('without workers it is over when it begins, and a registry that was not started never is', async (t) => {
  const { shutdown, told, pool } = setUp();
  pool('main');
  pool('@registry');
  shutdown.begin(false, 30_000);
  t.same(told, ['main drain 30000', '@registry stop']);
  await shutdown.done;
});
