import t from 'tap';

import type { JournalEntry } from '../../src/contract/journal.ts';
import { createEntryOrder } from '../../src/store/entry-order.ts';

const ending = (...ends: number[]): JournalEntry[] =>
  ends.map((end) => ({ id: `at-${end}`, started: end, duration: 0 }) as JournalEntry);
const ids = (entries: readonly JournalEntry[]): string => entries.map(({ id }) => id).join(' ');

t.test('the newest first: what ended after all of the next block goes out before it', async (t) => {
  const order = createEntryOrder('newest');
  t.equal(ids(order.before({ firstEnd: 5, lastEnd: 9 })), '');
  order.add(ending(5, 7, 9));
  t.equal(ids(order.before({ firstEnd: 4, lastEnd: 7 })), 'at-9');
  order.add(ending(4, 6));
  t.equal(ids(order.before({ firstEnd: 1, lastEnd: 3 })), 'at-7 at-6 at-5 at-4');
  order.add(ending(1, 3));
  t.equal(ids(order.rest()), 'at-3 at-1');
});

t.test('the oldest first: what ended before all of the next block goes out before it', async (t) => {
  const order = createEntryOrder('oldest');
  order.add(ending(1, 5));
  t.equal(ids(order.before({ firstEnd: 5, lastEnd: 8 })), 'at-1');
  order.add(ending(8, 6));
  t.equal(ids(order.rest()), 'at-5 at-6 at-8');
});

t.test('what ended at once stays in the order it was written in, or in its reverse', async (t) => {
  const entries = ['a', 'b'].map((id) => ({ ...ending(1)[0], id }) as JournalEntry);
  const [oldest, newest] = [createEntryOrder('oldest'), createEntryOrder('newest')];
  oldest.add([...entries]);
  newest.add([...entries]);
  t.equal(ids(oldest.rest()), 'a b');
  t.equal(ids(newest.rest()), 'b a');
});
