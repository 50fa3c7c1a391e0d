import t from 'tap';

import { createTargetHealth } from '../../../src/deliveries/courier/target-health.ts';
import { deliveryPlan } from '../../support/plans.ts';

function setUp(concurrency: number) {
  const clock = { now: 1_000 };
  const retry = { first: 5_000, longest: 3_600_000, giveUp: 86_400_000 };
  const health = createTargetHealth({ plan: deliveryPlan({ concurrency, retry }), now: () => clock.now });
  return { clock, health };
}

t.test('three failures in a row, and it is down', async (t) => {
  const { clock, health } = setUp(1);
  t.same([health.learn('retry'), health.learn('retry'), health.isDown], [false, false, false]);
  t.equal(health.change(), null);
  t.equal(health.learn('retry'), true);
  t.same(health.change(), { isDown: true, until: 6_000 });
  t.equal(health.change(), null, 'told once');
  t.equal(health.width(), 0);
  clock.now = 6_000;
  t.equal(health.width(), 1, 'one thing is tried');
  t.equal(health.learn('retry'), true);
  t.equal(health.change(), null, 'it is as it was');
  clock.now = 15_999;
  t.equal(health.width(), 0, 'the second pause is longer');
});

t.test('as many as are tried at once say no more than one', async (t) => {
  const { health } = setUp(4);
  for (let count = 0; count < 3; count += 1) t.equal(health.learn('retry'), false);
  t.equal(health.learn('retry'), true);
  t.equal(health.learn('retry'), false, 'it was under way');
});

t.test('what it takes, or refuses for good, says that it is there', async (t) => {
  for (const result of ['done', 'failed'] as const) {
    const { health } = setUp(1);
    for (let count = 0; count < 3; count += 1) health.learn('retry');
    health.change();
    t.equal(health.learn(result), false);
    t.same([health.change(), health.width()], [{ isDown: false }, 1]);
  }
});

t.test('what was not tried says nothing', async (t) => {
  const { health } = setUp(1);
  for (let count = 0; count < 3; count += 1) health.learn('retry');
  t.same([health.learn('skipped'), health.learn('back'), health.isDown], [false, false, true]);
});

t.test('forgiven, it is tried at once, and is down until something comes through', async (t) => {
  const { health } = setUp(2);
  for (let count = 0; count < 3; count += 1) health.learn('retry');
  health.change();
  health.forgive();
  t.same([health.width(), health.change()], [2, null]);
  for (let count = 0; count < 3; count += 1) health.learn('retry');
  t.same([health.width(), health.change()], [0, null], 'nothing new to tell');
  health.forgive();
  health.learn('done');
  t.same(health.change(), { isDown: false });
});
