import t from 'tap';

import { createOutage } from '../../src/logging/outage.ts';

const setUp = () => {
  const clock = { now: 0 };
  const began: string[] = [];
  const outage = createOutage({
    shortestMs: 100,
    longestMs: 1000,
    settleMs: 10_000,
    began: (error) => began.push(error.message),
    now: () => clock.now,
    random: () => 1,
  });
  return { clock, began, outage };
};

t.test('pauses grow up to the longest', async (t) => {
  const { outage } = setUp();
  const pauses = Array.from({ length: 6 }, () => outage.failed(new Error('down')));
  t.same(pauses, [100, 200, 400, 800, 1000, 1000]);
});

t.test('pauses are spread between half and whole', async (t) => {
  const outage = createOutage({ shortestMs: 100, longestMs: 100, settleMs: 0, began: () => {}, random: () => 0 });
  t.equal(outage.failed(new Error('down')), 50);
});

t.test('an outage is told once', async (t) => {
  const { began, outage } = setUp();
  outage.failed(new Error('first'));
  outage.failed(new Error('second'));
  t.same(began, ['first']);
});

t.test('a target that works for a moment only is in the same outage', async (t) => {
  const { clock, began, outage } = setUp();
  outage.failed(new Error('first'));
  outage.worked();
  clock.now = 9_999;
  t.equal(outage.failed(new Error('second')), 200);
  t.same(began, ['first']);
});

t.test('a target that worked for long begins anew', async (t) => {
  const { clock, began, outage } = setUp();
  outage.failed(new Error('first'));
  outage.worked();
  clock.now = 10_000;
  outage.worked();
  t.equal(outage.failed(new Error('second')), 100);
  t.same(began, ['first', 'second']);
});
