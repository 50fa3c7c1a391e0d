import t from 'tap';

import { createLineQueue } from '../../src/logging/line-queue.ts';

// Each line costs 64 beside its characters, so a line of 36 costs 100.
const line = (letter: string): string => letter.repeat(36);

t.test('takes lines up to its room, and not one more', async (t) => {
  const queue = createLineQueue(300);
  t.equal(queue.push(line('a')), true);
  t.equal(queue.push(line('b')), true);
  t.equal(queue.push(line('c')), true);
  t.equal(queue.push(''), false);
  t.equal(queue.dropped, 1);
});

t.test('gives the oldest first, in batches', async (t) => {
  const queue = createLineQueue(1000);
  for (const text of ['aa', 'bb', 'cc', 'dd']) queue.push(text);
  t.same(queue.take(5), ['aa', 'bb']);
  t.same(queue.take(1), ['cc'], 'one at least');
  t.same(queue.take(100), ['dd']);
  t.same(queue.take(100), []);
  t.equal(queue.length, 0);
});

t.test('lines put back are the oldest again', async (t) => {
  const queue = createLineQueue(1000);
  for (const text of ['aa', 'bb', 'cc']) queue.push(text);
  const taken = queue.take(4);
  queue.push('dd');
  queue.putBack(taken);
  t.same(queue.take(100), ['aa', 'bb', 'cc', 'dd']);
});

t.test('reports what was dropped once there is room, once', async (t) => {
  const queue = createLineQueue(400);
  for (const letter of 'abcdef') queue.push(line(letter));
  t.equal(queue.dropped, 2);
  t.equal(queue.droppedSinceReport(), 0, 'not while it is full');
  queue.take(36);
  t.equal(queue.droppedSinceReport(), 0, 'not while it is fuller than half');
  queue.take(36);
  t.equal(queue.droppedSinceReport(), 2);
  t.equal(queue.droppedSinceReport(), 0);
});
