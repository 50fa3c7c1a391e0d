import t from 'tap';

import { createPace } from '../../../src/services/chat/pace.ts';

t.test('allows so many at once, and one more whenever its time has come', async (t) => {
  let now = 1000;
  const pace = createPace({ count: 5, window: 1000 }, () => now);
  const take = (times: number) => Array.from({ length: times }, () => pace.take());

  t.same(take(6), [true, true, true, true, true, false]);
  now += 199;
  t.equal(pace.take(), false);
  now += 1;
  t.same(take(2), [true, false]);
  now += 60_000;
  t.same(take(6), [true, true, true, true, true, false], 'a long silence gives no more than the first burst');
});
