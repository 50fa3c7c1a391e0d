import t from 'tap';

import { itemId, newItemId } from '../../src/wire/item-id.ts';

t.test('20 characters that are in the order of their time', async (t) => {
  const ids = [0, 1, 31, 32, 1_000_000_000_000, 1_800_000_000_000, 32 ** 9 - 1].map((time) => newItemId(time));
  t.same([...ids].sort(), ids);
  for (const id of ids) t.match(id, itemId);
});

t.test('no two are the same, of one moment either', async (t) => {
  const ids = new Set(Array.from({ length: 10_000 }, () => newItemId(5)));
  t.equal(ids.size, 10_000);
});

t.test('others are told apart', async (t) => {
  for (const text of ['', 'a', '../../../etc/passwd0', '0'.repeat(19), '0'.repeat(21), `${'0'.repeat(19)}/`])
    t.notMatch(text, itemId);
});
