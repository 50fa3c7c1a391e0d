import t from 'tap';

import { createWaiting, usualPatience } from '../../../src/services/tftp/patience.ts';

/** Waits, as seconds, until it gives up. */
function waits(waiting: ReturnType<typeof createWaiting>): number[] {
  const seconds = [Math.round(waiting.left() / 1000)];
  while (waiting.again()) seconds.push(Math.round(waiting.left() / 1000));
  return seconds;
}

t.test('waits longer each time, and gives up', async (t) => {
  const waiting = createWaiting(usualPatience, { timeoutMs: null });
  t.same(waits(waiting), [1, 2, 4], 'soon, where the request may be forged');
  waiting.restart();
  t.same(waits(waiting), [1, 2, 4, 8, 8, 8]);
});

t.test('waits as long as the peer has asked for', async (t) => {
  const waiting = createWaiting(usualPatience, { timeoutMs: 5_000 });
  t.same(waits(waiting), [5, 5, 5]);
});
