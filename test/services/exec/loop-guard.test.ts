import t from 'tap';

import { createLoopGuard, type Run } from '../../../src/services/exec/loop-guard.ts';

const quick: Run = { waitedMs: 0, ranMs: 2, outcome: 'done' };

function pausesOf(runs: readonly Run[]): number[] {
  const guard = createLoopGuard();
  return runs.map((run) => guard.pauseAfter(run));
}

function times(count: number, run: Run): Run[] {
  return Array.from({ length: count }, () => run);
}

t.test('lets a hundred quick runs in a row pass, then pauses longer and longer', async (t) => {
  const pauses = pausesOf(times(110, quick));
  t.same(
    pauses.slice(0, 99),
    Array.from({ length: 99 }, () => 0),
  );
  t.same(pauses.slice(99), [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000, 10_000]);
});

t.test('loses patience sooner with a program that fails, and at once when it cannot be started', async (t) => {
  t.same(pausesOf(times(11, { ...quick, outcome: 'failed' })), [0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 200]);
  t.same(pausesOf(times(3, { ...quick, outcome: 'not started' })), [100, 200, 400]);
});

t.test('begins anew after a run that took a second, or a wait for something to arrive', async (t) => {
  const table = [
    [{ ...quick, ranMs: 999 }, 200],
    [{ ...quick, ranMs: 1000 }, 0],
    [{ ...quick, waitedMs: 99 }, 200],
    [{ ...quick, waitedMs: 100 }, 0],
  ] as const;
  for (const [run, pause] of table) t.equal(pausesOf([...times(100, quick), run]).at(-1), pause, JSON.stringify(run));
});
