import { mock } from 'node:test';

import t, { type Test } from 'tap';

import { createDescriptorGuard, type DescriptorGuard } from '../../src/listeners/descriptor-guard.ts';

interface Stage {
  readonly guard: DescriptorGuard;
  /** What happened, in order. */
  readonly told: string[];
  tick(ms: number): void;
}

/** A guard of 100 descriptors, ten of them kept free, with one listener. */
function setUp(t: Test): Stage {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const told: string[] = [];
  const guard = createDescriptorGuard({
    limit: 100,
    reserve: 10,
    onPause: () => told.push('announced'),
    onResume: () => told.push('settled'),
  });
  guard.register({ pause: () => told.push('pause'), resume: () => told.push('resume') });
  return { guard, told, tick: (ms) => mock.timers.tick(ms) };
}

t.test('pauses at the first descriptor of the reserve, not before', async (t) => {
  const { guard, told } = setUp(t);
  guard.check(89);
  t.same(told, []);
  guard.check(90);
  t.same(told, ['announced', 'pause']);
  guard.check(91);
  t.same(told, ['announced', 'pause'], 'once is enough');
});

t.test('an eighth of the descriptors is kept free, 64 at the most', async (t) => {
  for (const [limit, last] of [
    [16, 13],
    [20, 16],
    [512, 447],
    [1024, 959],
    [1_048_576, 1_048_511],
  ] as const) {
    let isPaused = false;
    const guard = createDescriptorGuard({ limit, onPause: () => (isPaused = true), onResume: () => {} });
    guard.check(last);
    t.equal(isPaused, false, `${last} of ${limit}`);
    guard.check(last + 1);
    t.equal(isPaused, true, `${last + 1} of ${limit}`);
  }
});

t.test('the system that refuses a descriptor is believed', async (t) => {
  const { guard, told } = setUp(t);
  guard.exhausted();
  t.same(told, ['announced', 'pause']);
});

t.test('goes on after sixteen sessions have ended, not one by one', async (t) => {
  const { guard, told } = setUp(t);
  guard.released();
  guard.check(90);
  for (let count = 0; count < 15; count++) guard.released();
  t.same(told, ['announced', 'pause']);
  guard.released();
  t.same(told, ['announced', 'pause', 'resume']);
});

t.test('goes on after a second at the latest', async (t) => {
  const { guard, told, tick } = setUp(t);
  guard.check(90);
  tick(999);
  t.same(told, ['announced', 'pause']);
  tick(1);
  t.same(told, ['announced', 'pause', 'resume']);
});

t.test('says that it is over after five seconds without a pause, and announces the next one', async (t) => {
  const { guard, told, tick } = setUp(t);
  guard.check(90);
  tick(1_000);
  tick(4_999);
  t.same(told, ['announced', 'pause', 'resume']);
  tick(1);
  t.same(told, ['announced', 'pause', 'resume', 'settled']);
  guard.check(90);
  t.same(told, ['announced', 'pause', 'resume', 'settled', 'announced', 'pause']);
});

t.test('pauses that follow each other are one trouble', async (t) => {
  const { guard, told, tick } = setUp(t);
  guard.check(90);
  tick(1_000);
  tick(4_999);
  guard.check(90);
  tick(1_000);
  t.same(told, ['announced', 'pause', 'resume', 'pause', 'resume']);
  tick(5_000);
  t.same(told.at(-1), 'settled');
});

t.test('a listener that cannot resume makes the guard wait again', async (t) => {
  const { guard, told, tick } = setUp(t);
  const unregister = guard.register({ pause: () => told.push('pause 2'), resume: () => guard.exhausted() });
  guard.check(90);
  tick(1_000);
  t.same(told, ['announced', 'pause', 'pause 2', 'resume', 'pause', 'pause 2']);
  unregister();
  tick(1_000);
  t.same(told.slice(6), ['resume']);
  tick(5_000);
  t.same(told.slice(6), ['resume', 'settled']);
});

t.test('a listener that is closed is left alone', async (t) => {
  const { guard, told, tick } = setUp(t);
  const unregister = guard.register({ pause: () => t.fail('paused'), resume: () => t.fail('resumed') });
  unregister();
  guard.check(90);
  tick(1_000);
  t.same(told, ['announced', 'pause', 'resume']);
});
