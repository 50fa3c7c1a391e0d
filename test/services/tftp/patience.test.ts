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
  waiting.restart();
  t.same(waits(waiting), [5, 5, 5, 5, 5, 5]);
});

// Regression: a hundred forged requests with "timeout 255" kept a service busy for thirteen minutes.
t.test('waits for who has not answered yet no longer than for anybody', async (t) => {
  t.same(waits(createWaiting(usualPatience, { timeoutMs: 255_000 })), [1, 2, 4]);
  t.same(waits(createWaiting(usualPatience, { timeoutMs: 1_000 })), [1, 1, 1]);
});
