import t from 'tap';

import { encodeMessage } from '../../src/system/channel-lines.ts';
import { splitAccounts } from '../../src/master/account-parts.ts';
import { recordOf } from '../accounts/records.ts';

const many = (count: number, padding: string): ReturnType<typeof recordOf>[] =>
  Array.from({ length: count }, (_, index) => recordOf(`user${index}`, { password: padding }));

t.test('few accounts are one message, none as well', async (t) => {
  const records = many(3, 'x');
  t.same(splitAccounts(records), [{ type: 'accounts', records }]);
  t.same(splitAccounts([]), [{ type: 'accounts', records: [] }]);
});

t.test('a hundred thousand are several, in order, and each fits into the channel', async (t) => {
  const records = many(100_000, 'x'.repeat(100));
  const parts = splitAccounts(records);
  t.ok(parts.length > 5);
  t.same(
    parts.map(({ hasMore }) => hasMore === true),
    parts.map((_, index) => index < parts.length - 1),
  );
  for (const part of parts) encodeMessage(part);
  t.equal(
    parts
      .flatMap((part) => part.records)
      .map(({ name }) => name)
      .join(' '),
    records.map(({ name }) => name).join(' '),
  );
});

t.test('a large one is a part of its own', async (t) => {
  const [small, large] = [recordOf('a'), recordOf('b', { password: 'x'.repeat(5 * 1024 ** 2) })];
  t.same(
    splitAccounts([small, large, small]).map(({ records }) => records.map(({ name }) => name)),
    [['a'], ['b', 'a']],
  );
});
