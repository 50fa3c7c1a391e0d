import { mock } from 'node:test';
import t, { type Test } from 'tap';

import { createDeadline } from '../../src/master/deadline.ts';

function bench(t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  let missed = 0;
  const deadline = createDeadline(() => (missed += 1));
  return { ...deadline, missed: () => missed, pass: (ms: number) => mock.timers.tick(ms) };
}

t.test('a worker that goes on after its drain is over is ended 20 seconds later', async (t) => {
  const { told, missed, pass } = bench(t);
  told({ type: 'drain', deadline: 5_000 });
  pass(24_999);
  t.equal(missed(), 0);
  pass(1);
  t.equal(missed(), 1);
});

t.test('the last word counts', async (t) => {
  const { told, missed, pass } = bench(t);
  told({ type: 'drain', deadline: 600_000 });
  told({ type: 'stop' });
  pass(20_000);
  t.equal(missed(), 1);
});

t.test('nothing happens to one that has ended, or that was not told to', async (t) => {
  const { told, met, missed, pass } = bench(t);
  told({ type: 'ping' });
  pass(1_000_000);
  told({ type: 'drain', deadline: 5_000 });
  met();
  pass(1_000_000);
  t.equal(missed(), 0);
});

t.test('the longest drain there may be does not go off at once', async (t) => {
  const { told, missed, pass } = bench(t);
  told({ type: 'drain', deadline: 2 ** 31 - 1 });
  pass(1_000);
  t.equal(missed(), 0);
});
