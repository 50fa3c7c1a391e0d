import { mock } from 'node:test';

import t, { type Test } from 'tap';

import { createFailures, type Failures, type FailuresOptions } from '../../src/accounts/failures.ts';
import type { FailedLogins, FailureTable } from '../../src/contract/store.ts';

const rate = { count: 3, window: 10_000 };

interface Stage {
  readonly clock: { now: number };
  readonly told: string[];
  readonly failures: Failures;
}

function setUp(t: Test, options: Partial<FailuresOptions> = {}): Stage {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const clock = { now: 100_000 };
  const told: string[] = [];
  const failures = createFailures({
    store: null,
    failed: ({ message }) => told.push(message),
    now: () => clock.now,
    ...options,
  });
  t.teardown(failures.close);
  return { clock, told, failures };
}

function fakeTable(
  ...rows: FailedLogins[]
): FailureTable & { isDown: boolean; readonly rows: Map<string, FailedLogins>; readonly calls: string[] } {
  const table = { isDown: false, rows: new Map(rows.map((row) => [row.source, row])), calls: [] as string[] };
  const call = async <T>(name: string, run: () => T): Promise<T> => {
    if (table.isDown) throw new Error(`cannot ${name}`);
    table.calls.push(name);
    return run();
  };
  return Object.assign(table, {
    list: () => call('list', () => [...table.rows.values()]),
    write: ({ changed, gone }: { readonly changed: readonly FailedLogins[]; readonly gone: readonly string[] }) =>
      call('write', () => {
        for (const source of gone) table.rows.delete(source);
        for (const row of changed) table.rows.set(row.source, structuredClone(row));
      }),
    replace: (all: readonly FailedLogins[]) =>
      call('replace', () => {
        table.rows.clear();
        for (const row of all) table.rows.set(row.source, structuredClone(row));
      }),
  });
}

const stored = (source: string, ...times: number[]): FailedLogins => ({ source, times, keepMs: 10_000, keepCount: 3 });
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(() => setImmediate(resolve)));

t.test('so many failures within the window, and then it begins anew', async (t) => {
  const { failures } = setUp(t);
  const answers = Array.from({ length: 7 }, () => failures.record('192.0.2.1', rate));
  t.same(answers, [false, false, true, false, false, true, false]);
});

t.test('one is enough where the limit is one', async (t) => {
  const { failures } = setUp(t);
  t.equal(failures.record('192.0.2.1', { count: 1, window: 1_000 }), true);
  t.equal(failures.record('192.0.2.1', { count: 1, window: 1_000 }), true);
});

t.test('the window slides', async (t) => {
  const { clock, failures } = setUp(t);
  const at = (now: number): boolean => {
    clock.now = now;
    return failures.record('192.0.2.1', rate);
  };
  t.same([at(100_000), at(105_000), at(110_000)], [false, false, false], 'the first is a window ago');
  t.equal(at(114_999), true);
  t.same([at(200_000), at(205_000), at(209_999)], [false, false, true]);
});

t.test('sources are counted apart, a /64 as one', async (t) => {
  const { failures } = setUp(t);
  for (const address of ['192.0.2.1', '192.0.2.2', '2001:db8::1', '192.0.2.1', '2001:db8::2', '2001:db8:0:1::1'])
    t.equal(failures.record(address, rate), false, address);
  t.equal(failures.record('::ffff:192.0.2.1', rate), true);
  t.equal(failures.record('2001:db8::3', rate), true);
});

t.test('failures at one service count at another, by its own limit', async (t) => {
  const { clock, failures } = setUp(t);
  const strict = { count: 2, window: 1_000 };
  const patient = { count: 4, window: 60_000 };
  t.equal(failures.record('192.0.2.1', patient), false);
  clock.now += 1_000;
  t.equal(failures.record('192.0.2.1', strict), false, 'the first is too old for this one');
  clock.now += 1_000;
  t.equal(failures.record('192.0.2.1', strict), false);
  t.equal(failures.record('192.0.2.1', patient), true, 'but not for that one');
});

t.test('a source can be forgotten', async (t) => {
  const { failures } = setUp(t);
  for (let i = 0; i < 2; i += 1) failures.record('2001:db8::1', rate);
  failures.forget('2001:db8::2');
  failures.forget('192.0.2.1');
  t.same(
    [1, 2, 3].map(() => failures.record('2001:db8::1', rate)),
    [false, false, true],
  );
});

t.test('past the limit the source that failed longest ago is forgotten', async (t) => {
  const { failures } = setUp(t, { maxSources: 3 });
  const two = { count: 2, window: 10_000 };
  for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) failures.record(address, two);
  t.equal(failures.record('10.0.0.1', two), true, 'at it, all are known');
  for (const address of ['10.0.0.1', '10.0.0.4']) failures.record(address, two);
  t.equal(failures.record('10.0.0.3', two), true, 'one past it, the second longest is known');
  t.equal(failures.record('10.0.0.2', two), false, 'and the longest is not');
});

t.test('there is a limit to failures in all too', async (t) => {
  const { failures } = setUp(t, { maxTimes: 4 });
  for (const address of ['10.0.0.1', '10.0.0.1', '10.0.0.2', '10.0.0.2']) failures.record(address, rate);
  failures.record('10.0.0.3', rate);
  t.equal(failures.record('10.0.0.1', rate), false, 'forgotten');
  t.equal(failures.record('10.0.0.2', rate), true);
});

t.test('100,000 sources and no more', async (t) => {
  const { failures } = setUp(t);
  const two = { count: 2, window: 10_000 };
  const address = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  for (let i = 0; i < 100_001; i += 1) failures.record(address(i), two);
  t.equal(failures.record(address(1), two), true);
  t.equal(failures.record(address(0), two), false);
});

t.test('when the clock goes back, what was before counts as of now', async (t) => {
  const { clock, failures } = setUp(t);
  for (let i = 0; i < 2; i += 1) failures.record('192.0.2.1', rate);
  clock.now = 5_000;
  t.equal(failures.record('192.0.2.1', rate), true);
  clock.now = 100_000;
  for (let i = 0; i < 2; i += 1) failures.record('192.0.2.1', rate);
  clock.now = 5_000;
  failures.forget('192.0.2.2');
  failures.record('192.0.2.1', { count: 9, window: 10_000 });
  clock.now = 15_000;
  t.equal(failures.record('192.0.2.1', rate), false, 'and is over a window later');
});

t.test('are written a second later, and are there after a restart', async (t) => {
  const store = fakeTable();
  const first = setUp(t, { store });
  await first.failures.load();
  for (let i = 0; i < 2; i += 1) first.failures.record('192.0.2.1', rate);
  first.failures.record('192.0.2.2', rate);
  mock.timers.tick(999);
  t.same(store.calls, ['list']);
  mock.timers.tick(1);
  t.same(store.calls, ['list', 'write']);
  t.same([...store.rows.values()], [stored('192.0.2.1', 100_000, 100_000), stored('192.0.2.2', 100_000)]);
  mock.timers.reset();

  const second = setUp(t, { store });
  second.clock.now = 105_000;
  await second.failures.load();
  t.equal(second.failures.record('192.0.2.1', rate), true);
  await second.failures.flush();
  t.same([...store.rows.keys()], ['192.0.2.2'], 'what was reached is gone');
});

t.test('what is too old after a restart goes from the store too', async (t) => {
  const store = fakeTable(stored('192.0.2.1', 1_000), stored('192.0.2.2', 95_000));
  const { failures } = setUp(t, { store });
  await failures.load();
  await failures.flush();
  t.same([...store.rows.keys()], ['192.0.2.2']);
});

t.test('what does not count any more is forgotten bit by bit', async (t) => {
  const store = fakeTable();
  const { clock, failures } = setUp(t, { store });
  await failures.load();
  for (let i = 1; i <= 4; i += 1) failures.record(`10.0.0.${i}`, rate);
  clock.now += 10_000;
  failures.record('192.0.2.1', rate);
  await failures.flush();
  t.same([...store.rows.keys()], ['10.0.0.3', '10.0.0.4', '192.0.2.1']);
  failures.record('192.0.2.1', rate);
  await failures.flush();
  t.same([...store.rows.keys()], ['192.0.2.1']);
});

t.test('a thousand that wait are written at once', async (t) => {
  const store = fakeTable();
  const { failures } = setUp(t, { store });
  await failures.load();
  for (let i = 0; i < 999; i += 1) failures.record(`10.0.${i >> 8}.${i & 255}`, rate);
  t.equal(store.rows.size, 0);
  failures.record('192.0.2.1', rate);
  t.equal(store.calls.at(-1), 'write');
});

t.test('a store that fails is told once; counting goes on, and all is in it when it works again', async (t) => {
  const store = fakeTable(stored('192.0.2.9', 99_000));
  const { told, failures } = setUp(t, { store });
  await failures.load();
  store.isDown = true;
  failures.record('192.0.2.1', rate);
  await failures.flush();
  failures.record('192.0.2.2', rate);
  failures.forget('192.0.2.9');
  await failures.flush();
  t.same(told, ['cannot write']);
  store.isDown = false;
  mock.timers.tick(60_000);
  await settled();
  t.same([...store.rows.keys()], ['192.0.2.1', '192.0.2.2']);
});

t.test('works without a store', async (t) => {
  const { failures } = setUp(t);
  await failures.load();
  failures.record('192.0.2.1', rate);
  await failures.flush();
  t.equal(failures.record('192.0.2.1', { count: 2, window: 1_000 }), true);
});
