import t from 'tap';

import { isEnqueue } from '../../src/master/enqueue-request.ts';
import { itemIdOf, newItem } from '../support/spool.ts';

const id = itemIdOf('a');
const mail = { from: '', to: ['b@example.com'], subject: null };

const good: readonly object[] = [
  newItem(id, ['archive']),
  newItem(id, []),
  { ...newItem(id, []), mailboxes: ['alice'] },
  newItem(id, ['archive'], { account: 'alice', mediaType: 'text/plain', mail, size: 0 }),
  newItem(id, ['archive'], { name: 'x'.repeat(255) }),
  newItem(id, ['archive'], { mail: { ...mail, subject: 'x'.repeat(1_000), to: Array(10_000).fill('a@b') } }),
];

const bad: readonly unknown[] = [
  null,
  'item',
  {},
  { item: null, deliveries: [], mailboxes: [] },
  { ...newItem(id, []), deliveries: 'archive' },
  { ...newItem(id, []), mailboxes: [1] },
  { ...newItem(id, []), mailboxes: ['../bob'] },
  { ...newItem(id, []), mailboxes: ['alice', '/etc'] },
  { ...newItem(id, []), mailboxes: Array(10_001).fill('a') },
  newItem('../../etc/passwd', []),
  newItem(`${id}/..`, []),
  newItem(id, [], { folder: '..' }),
  newItem(id, [], { folder: '' }),
  newItem(id, [], { folder: '10000000000' }),
  newItem(id, [], { file: '../a' }),
  newItem(id, [], { offset: -1 }),
  newItem(id, [], { sha256: 'ab' }),
  newItem(id, [], { name: '' }),
  newItem(id, [], { name: 'a/b' }),
  newItem(id, [], { name: 'a\0b' }),
  newItem(id, [], { name: 'x'.repeat(256) }),
  newItem(id, [], { service: 'x'.repeat(1_025) }),
  newItem(id, [], { size: -1 }),
  newItem(id, [], { size: 1.5 }),
  newItem(id, [], { received: Number.NaN }),
  newItem(id, [], { account: 5 as unknown as string }),
  newItem(id, [], { mail: { ...mail, to: 'a@b' as unknown as string[] } }),
  newItem(id, [], { mail: { ...mail, to: Array(10_001).fill('a@b') } }),
  newItem(id, [], { mail: { ...mail, subject: 'x'.repeat(1_025) } }),
];

t.test('what a worker says that has written things into the spool', async (t) => {
  for (const item of good) t.equal(isEnqueue({ items: [item] }), true, JSON.stringify(item).slice(0, 200));
  t.equal(isEnqueue({ items: [] }), true);
  t.equal(isEnqueue({ items: Array(5_000).fill(good[0]) }), true);
});

t.test('anything else', async (t) => {
  for (const item of bad) t.equal(isEnqueue({ items: [item] }), false, JSON.stringify(item)?.slice(0, 200));
  t.equal(isEnqueue({ items: [good[0], bad[1]] }), false);
  t.equal(isEnqueue({ items: Array(5_001).fill(good[0]) }), false);
  t.equal(isEnqueue({ items: 'all' }), false);
  t.equal(isEnqueue({}), false);
});
