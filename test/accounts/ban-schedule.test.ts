import { mock } from 'node:test';

import t, { type Test } from 'tap';

import { createBanSchedule, type BanSchedule } from '../../src/accounts/ban-schedule.ts';
import type { Ban } from '../../src/contract/ban.ts';

const ban = (source: string, until: number | null, since = 0): Ban => ({
  source,
  until,
  reason: 'sensor',
  service: null,
  since,
});

const setUp = (
  t: Test,
): {
  clock: { now: number };
  bans: Map<string, Ban>;
  schedule: BanSchedule;
  dues: number[];
  add: (...all: Ban[]) => void;
} => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const clock = { now: 0 };
  const bans = new Map<string, Ban>();
  const dues: number[] = [];
  const schedule = createBanSchedule({
    bans,
    now: () => clock.now,
    due: () => {
      dues.push(clock.now);
      for (const { source } of schedule.takeOver(clock.now)) bans.delete(source);
    },
  });
  t.teardown(schedule.close);
  const add = (...all: Ban[]): void => {
    for (const one of all) {
      bans.set(one.source, one);
      schedule.add(one);
    }
  };
  return { clock, bans, schedule, dues, add };
};

const sources = (bans: readonly (Ban | undefined)[]): string => bans.map((ban) => ban?.source).join(' ');

t.test('takes out those that have ended', async (t) => {
  const { schedule, bans, add } = setUp(t);
  add(ban('a', 3), ban('b', 1), ban('c', null), ban('d', 2));
  add(ban('b', 9));
  bans.delete('d');
  t.equal(sources(schedule.takeOver(2)), '', 'one was replaced, one removed');
  t.equal(sources(schedule.takeOver(9)), 'a b');
});

t.test('takes out the one that ends first', async (t) => {
  const { schedule, add } = setUp(t);
  add(ban('a', null, 1), ban('b', 1), ban('c', 2, 5), ban('d', 2, 4), ban('e', null, 0));
  t.equal(
    sources([
      schedule.takeFirst('b'),
      schedule.takeFirst('b'),
      schedule.takeFirst(null),
      schedule.takeFirst('x'),
      schedule.takeFirst('a'),
    ]),
    'd c b e ',
  );
  t.equal(sources([schedule.takeFirst(null), schedule.takeFirst(null)]), 'a ');
});

t.test('one timer for all, set to the next end', async (t) => {
  const { clock, schedule, dues, add } = setUp(t);
  const tick = (ms: number): void => {
    clock.now += ms;
    mock.timers.tick(ms);
  };
  add(ban('a', 5_000), ban('b', 3_000));
  schedule.wait();
  tick(2_999);
  t.same(dues, []);
  tick(1);
  t.same(dues, [3_000]);
  tick(2_000);
  t.same(dues, [3_000, 5_000]);
  tick(100_000);
  t.same(dues, [3_000, 5_000], 'nothing left');
});

t.test(
  'looks at the clock each minute, because it may be set, and not more often than ten times a second',
  async (t) => {
    const { clock, schedule, dues, add } = setUp(t);
    add(ban('a', 150_000));
    schedule.wait();
    mock.timers.tick(60_000);
    t.same(dues, [0], 'the clock stands still');
    clock.now = 149_999;
    mock.timers.tick(60_000);
    t.same(dues, [0, 149_999], 'a millisecond is left');
    mock.timers.tick(99);
    t.equal(dues.length, 2);
    mock.timers.tick(1);
    t.equal(dues.length, 3);
  },
);

t.test('bans without an end need no timer', async (t) => {
  const { schedule, dues, add } = setUp(t);
  add(ban('a', null));
  schedule.wait();
  mock.timers.tick(600_000);
  t.same(dues, []);
});

t.test('what was replaced does not pile up', async (t) => {
  const { schedule, add } = setUp(t);
  for (let i = 0; i < 5_000; i += 1) add(ban('a', i));
  t.equal(sources(schedule.takeOver(5_000)), 'a');
});
