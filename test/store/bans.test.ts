import t, { type Test } from 'tap';

import type { Ban } from '../../src/contract/ban.ts';
import type { BanTable } from '../../src/contract/store.ts';
import { openStore } from '../../src/store/store.ts';
import { scratchFile } from './scratch.ts';

const open = (t: Test, maxBans = 100): { bans: BanTable; file: string } => {
  const file = scratchFile(t);
  const store = openStore(file, { maxBans });
  t.teardown(store.close);
  return { bans: store.bans, file };
};

const ban = (source: string, until: number | null, changes: Partial<Ban> = {}): Ban => ({
  source,
  until,
  reason: 'auth_failures',
  service: 'ftp',
  since: 1_000,
  ...changes,
});

const sourcesOf = async (bans: BanTable, now = 2_000): Promise<string> =>
  (await bans.list(now)).map(({ source }) => source).join(' ');

t.test('keeps bans as they were put, by source', async (t) => {
  const { bans } = open(t);
  const manual = ban('2001:db8:0:1::/64', null, { reason: 'manual', service: null });
  await bans.put(manual);
  await bans.put(ban('192.0.2.1', 9_000));
  await bans.put(ban('192.0.2.2', 9_000, { reason: 'sensor' }));
  t.same(await bans.list(2_000), [ban('192.0.2.1', 9_000), ban('192.0.2.2', 9_000, { reason: 'sensor' }), manual]);
});

t.test('keeps them over a restart', async (t) => {
  const file = scratchFile(t);
  const first = openStore(file);
  await first.bans.put(ban('192.0.2.1', 9_000));
  first.close();
  const second = openStore(file);
  t.teardown(second.close);
  t.same(await second.bans.list(2_000), [ban('192.0.2.1', 9_000)]);
});

t.test('a source is banned once', async (t) => {
  const { bans } = open(t);
  await bans.put(ban('192.0.2.1', 9_000));
  await bans.put(ban('192.0.2.1', 5_000, { service: 'mail' }));
  t.same(await bans.list(2_000), [ban('192.0.2.1', 5_000, { service: 'mail' })]);
  t.equal(await bans.remove('192.0.2.1'), true);
  t.equal(await bans.remove('192.0.2.1'), false);
  t.same(await bans.list(2_000), []);
});

t.test('lists those that have not ended, and purges the others', async (t) => {
  const { bans } = open(t);
  for (const [source, until] of [
    ['a', 4_999],
    ['b', 5_000],
    ['c', 5_001],
    ['d', null],
  ] as const)
    await bans.put(ban(source, until));
  t.equal(await sourcesOf(bans, 5_000), 'c d');
  t.equal(await sourcesOf(bans, 4_999), 'b c d');
  t.equal(await bans.purge(5_000), 2);
  t.equal(await bans.purge(5_000), 0);
  t.equal(await sourcesOf(bans, 0), 'c d');
});

t.test('a ban that was made before the clock went back ends as late as it was meant to, not later', async (t) => {
  const { bans } = open(t);
  await bans.put(ban('a', 90_000, { since: 80_000 }));
  await bans.put(ban('b', null, { since: 80_000 }));
  t.same(await bans.list(2_000), [ban('a', 12_000, { since: 2_000 }), ban('b', null, { since: 2_000 })]);
  t.same(await bans.list(3_000), [ban('a', 12_000, { since: 2_000 }), ban('b', null, { since: 2_000 })], 'once');
  t.equal(await sourcesOf(bans, 12_000), 'b');
  t.equal(await sourcesOf(bans, 85_000), 'b', 'nor again when the clock has gone ahead');
});

t.test('at the limit, the ban that ends first goes', async (t) => {
  const { bans } = open(t, 3);
  await bans.put(ban('a', null));
  await bans.put(ban('b', 7_000));
  await bans.put(ban('c', 6_000));
  t.equal(await sourcesOf(bans), 'a b c', 'at it');
  await bans.put(ban('d', 5_000));
  t.equal(await sourcesOf(bans), 'a b d', 'one past it; the new one stays');
  await bans.put(ban('d', 5_500));
  t.equal(await sourcesOf(bans), 'a b d', 'the same source again');
  for (const [source, since] of [
    ['e', 30],
    ['f', 20],
    ['g', 40],
  ] as const)
    await bans.put(ban(source, null, { since }));
  t.equal(await sourcesOf(bans), 'a e g', 'of those without an end the oldest');
  await bans.remove('e');
  await bans.put(ban('h', 9_000));
  t.equal(await sourcesOf(bans), 'a g h');
});

t.test('can be told everything anew', async (t) => {
  const { bans } = open(t, 3);
  await bans.put(ban('a', 9_000));
  await bans.replace([ban('b', 7_000), ban('c', 8_000), ban('b', 9_000)]);
  t.same(await bans.list(2_000), [ban('b', 9_000), ban('c', 8_000)]);
  for (const source of ['d', 'e']) await bans.put(ban(source, 9_500));
  t.equal(await sourcesOf(bans), 'b d e', 'and still knows the limit');
});
