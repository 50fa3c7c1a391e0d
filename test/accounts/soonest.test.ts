import t from 'tap';

import { createSoonest } from '../../src/accounts/soonest.ts';

const isBefore = (a: number, b: number): boolean => a < b;

t.test('gives what it was given in its order, whatever order that came in', async (t) => {
  for (const items of [
    [],
    [1],
    [1, 2, 3, 4, 5, 6, 7],
    [7, 6, 5, 4, 3, 2, 1],
    [3, 1, 2, 3, 1, 2, 3],
    [4, 1, 6, 2, 5, 3],
  ]) {
    const soonest = createSoonest(isBefore, items.slice(0, 3));
    for (const item of items.slice(3)) soonest.push(item);
    t.equal(soonest.size, items.length);
    const given = items.map(() => {
      const next = soonest.peek();
      t.equal(soonest.pop(), next);
      return next;
    });
    t.same(
      given,
      items.toSorted((a, b) => a - b),
      items.join(' '),
    );
    t.equal(soonest.pop(), undefined);
    t.equal(soonest.peek(), undefined);
  }
});

t.test('what comes in between finds its place', async (t) => {
  const soonest = createSoonest(isBefore, [5, 1, 9]);
  t.equal(soonest.pop(), 1);
  soonest.push(0);
  soonest.push(7);
  t.same([soonest.pop(), soonest.pop(), soonest.pop(), soonest.pop()], [0, 5, 7, 9]);
});
