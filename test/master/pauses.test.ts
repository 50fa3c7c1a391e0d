import t from 'tap';

import { createPauses } from '../../src/master/pauses.ts';

t.test('no pause after the first death, then longer ones up to a minute', async (t) => {
  const pauses = createPauses();
  const given = [];
  let now = 0;
  for (let death = 0; death < 9; death++) {
    const pause = pauses.next(now);
    given.push(pause);
    now += pause + 1;
  }
  t.same(given, [0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
});

t.test('a worker that lives a minute still counts as one that keeps dying', async (t) => {
  const pauses = createPauses();
  t.equal(pauses.next(0), 0);
  t.equal(pauses.next(60_000), 1_000);
  t.equal(pauses.next(60_000 + 1_000 + 60_000), 2_000);
});

t.test('one that lives longer has shown that it can', async (t) => {
  const pauses = createPauses();
  t.equal(pauses.next(0), 0);
  t.equal(pauses.next(60_001), 0);
  t.equal(pauses.next(60_001), 1_000);
  t.equal(pauses.next(60_001 + 1_000 + 60_001), 0);
});
