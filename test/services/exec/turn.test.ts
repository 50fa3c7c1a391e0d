import t from 'tap';

import { takeTurn } from '../../../src/services/exec/turn.ts';
import { createFakeBuses } from '../../support/fake-bus.ts';

const never = new AbortController().signal;

t.test('is held by one worker, and goes to the next when it is given up', async (t) => {
  const [first, second] = createFakeBuses(2);
  const giveUp = await takeTurn(first!, 'x', never);
  const waiting = takeTurn(second!, 'x', never);
  await second!.settled();
  t.same([first!.claims(), second!.claims()], [['x'], []]);
  giveUp?.();
  t.type(await waiting, 'function');
  t.same([first!.claims(), second!.claims()], [[], ['x']]);
});

t.test('goes to the next when its holder is gone', async (t) => {
  const [first, second] = createFakeBuses(2);
  await takeTurn(first!, 'x', never);
  const waiting = takeTurn(second!, 'x', never);
  await second!.settled();
  first!.end();
  t.type(await waiting, 'function');
});

t.test('is not waited for any longer than asked', async (t) => {
  const [first, second] = createFakeBuses(2);
  await takeTurn(first!, 'x', never);
  const draining = new AbortController();
  const waiting = takeTurn(second!, 'x', draining.signal);
  await second!.settled();
  draining.abort();
  t.equal(await waiting, null);
  t.equal(await takeTurn(second!, 'y', draining.signal), null);
});

t.test('does not keep others from other turns', async (t) => {
  const [first, second] = createFakeBuses(2);
  t.type(await takeTurn(first!, 'x', never), 'function');
  t.type(await takeTurn(second!, 'y', never), 'function');
});
