import t from 'tap';

import { lanePause, nextAttempt, type Failure } from '../../../src/deliveries/courier/pauses.ts';

const retry = { first: 5_000, longest: 3_600_000, giveUp: 259_200_000 };

const failure = (more: Partial<Failure>): Failure => ({
  retry,
  attempts: 1,
  since: 0,
  now: 0,
  retryAfterMs: null,
  random: 0,
  ...more,
});

const cases: readonly (readonly [more: Partial<Failure>, at: number | null])[] = [
  [{}, 5_000],
  [{ attempts: 2 }, 10_000],
  [{ attempts: 10 }, 2_560_000],
  [{ attempts: 11 }, 3_600_000],
  [{ attempts: 1_000_000 }, 3_600_000],
  // Up to a fifth less.
  [{ random: 0.5 }, 4_500],
  [{ random: 1 }, 4_000],
  // What the other side asks for, but for no longer than the operator would wait.
  [{ retryAfterMs: 4_000 }, 5_000],
  [{ retryAfterMs: 6_000 }, 6_000],
  [{ retryAfterMs: 6_000, random: 1 }, 6_000],
  [{ retryAfterMs: 3_600_001 }, 3_600_000],
  [{ retryAfterMs: Infinity }, 3_600_000],
  // The last attempt is at the end of its time, and after that there is none.
  [{ now: 259_199_999 }, 259_200_000],
  [{ now: 259_200_000 }, null],
  [{ now: 259_200_000, since: 1 }, 259_200_001],
];

t.test('when an item is tried again', async (t) => {
  for (const [more, at] of cases) t.equal(nextAttempt(failure(more)), at, JSON.stringify(more));
});

t.test('how long a target that is down is left alone', async (t) => {
  const pauses = [1, 2, 3, 4, 5, 100_000].map((times) => lanePause(retry, times));
  t.same(pauses, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  t.equal(lanePause({ ...retry, longest: 7_000 }, 2), 7_000);
});
