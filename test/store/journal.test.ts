import { statSync } from 'node:fs';

import t, { type Test } from 'tap';

import type { JournalBlock, JournalEntry } from '../../src/contract/journal.ts';
import type { JournalQuery, JournalTable } from '../../src/contract/store.ts';
import { openDatabase } from '../../src/store/database.ts';
import { openStore } from '../../src/store/store.ts';
import { createJournalWriter } from '../../src/wire/journal-writer.ts';
import { scratchFile } from './scratch.ts';

const open = (t: Test): { journal: JournalTable; file: string } => {
  const file = scratchFile(t);
  const store = openStore(file);
  t.teardown(store.close);
  return { journal: store.journal, file };
};

const entry = (started: number, changes: Partial<JournalEntry> = {}): JournalEntry => ({
  id: `at-${started}`,
  service: 'echo',
  peer: '192.0.2.1:40000',
  local: '127.0.0.1:7',
  account: null,
  tls: null,
  started,
  duration: 0,
  bytes: { in: 0, out: 0 },
  reason: 'end',
  ...changes,
});

const block = (...entries: JournalEntry[]): JournalBlock => {
  const writer = createJournalWriter();
  for (const one of entries) writer.add(one);
  return writer.take() as JournalBlock;
};

const ask = async (journal: JournalTable, query: Partial<JournalQuery> = {}): Promise<JournalEntry[]> =>
  Array.fromAsync(journal.entries({ since: 0, limit: 1_000, ...query }));

const times = async (journal: JournalTable, query: Partial<JournalQuery> = {}): Promise<string> =>
  (await ask(journal, query)).map(({ started }) => started).join(' ');

t.test('gives back what was appended, the newest end first', async (t) => {
  const { journal } = open(t);
  const first = entry(1_000, { duration: 1.25, account: 'alice', tls: 'TLSv1.3', bytes: { in: 1, out: null } });
  const second = entry(2_000, { peer: '/run/a|b', reason: 'kick' });
  t.equal(await journal.append([block(second, first)]), 0);
  t.same(await ask(journal), [first, second]);
  t.same(await ask(journal, { order: 'oldest' }), [second, first]);
});

t.test('puts blocks of several workers in order', async (t) => {
  const { journal } = open(t);
  await journal.append([block(entry(10), entry(30), entry(50)), block(entry(20), entry(40), entry(60))]);
  await journal.append([block(entry(70)), block(entry(45), entry(65))]);
  t.equal(await times(journal), '70 65 60 50 45 40 30 20 10');
  t.equal(await times(journal, { order: 'oldest' }), '10 20 30 40 45 50 60 65 70');
});

t.test('a time, a limit, a service, an account, a peer', async (t) => {
  const { journal } = open(t);
  await journal.append([
    block(entry(10), entry(20, { service: 'mail', account: 'alice' }), entry(30)),
    block(entry(40, { peer: '192.0.2.9:1' }), entry(50, { account: 'alice' })),
  ]);
  const cases: [Partial<JournalQuery>, string][] = [
    [{ since: 20, until: 50 }, '40 30 20'],
    [{ since: 20, until: 50, order: 'oldest' }, '20 30 40'],
    [{ since: 51 }, ''],
    [{ until: 10 }, ''],
    [{ limit: 1 }, '50'],
    [{ limit: 1, order: 'oldest' }, '10'],
    [{ limit: 4 }, '50 40 30 20'],
    [{ limit: 5 }, '50 40 30 20 10'],
    [{ limit: 6 }, '50 40 30 20 10'],
    [{ limit: 0 }, ''],
    [{ service: 'mail' }, '20'],
    [{ account: 'alice' }, '50 20'],
    [{ account: 'alice', limit: 1, order: 'oldest' }, '20'],
    [{ peer: '192.0.2.9' }, '40'],
  ];
  for (const [query, found] of cases) t.equal(await times(journal, query), found, JSON.stringify(query));
});

t.test('goes through many pages, blocks that end at once included', async (t) => {
  const { journal } = open(t);
  const starts = Array.from({ length: 40 }, (_, i) => 100 + Math.floor(i / 20));
  await journal.append(starts.map((started) => block(entry(started))));
  t.equal(await times(journal), starts.toReversed().join(' '));
  t.equal(await times(journal, { order: 'oldest' }), starts.join(' '));
});

t.test('a long block is found by any time in it', async (t) => {
  const { journal } = open(t);
  await journal.append([block(entry(100_000), entry(130_000), entry(160_000)), block(entry(500_000))]);
  for (const order of ['newest', 'oldest'] as const) {
    t.equal(await times(journal, { since: 100_000, until: 100_001, order }), '100000');
    t.equal(await times(journal, { since: 129_999, until: 130_001, order }), '130000');
    t.equal(await times(journal, { since: 160_000, until: 160_001, order }), '160000');
  }
});

t.test('blocks that no writer makes are left out', async (t) => {
  const { journal } = open(t);
  const good = block(entry(1_000));
  const wrong = [
    { ...good, from: 2_000 },
    { ...good, to: 61_001 },
    { ...good, to: 1_000.5 },
    { ...good, from: Number.NaN },
    { ...good, count: 0 },
    { ...good, count: 513 },
    { ...good, text: 'x'.repeat(512 * 2_048 + 1) },
    { ...good, text: null as unknown as string },
  ];
  for (const one of wrong) t.equal(await journal.append([one]), 1, JSON.stringify(one).slice(0, 100));
  t.equal(await times(journal), '');
  t.equal(await journal.append([good, { ...good, count: 0 }, { ...good, to: 61_000 }]), 1);
  t.equal(await times(journal), '1000 1000');
});

t.test('a damaged entry is passed over', async (t) => {
  const { journal } = open(t);
  const good = block(entry(1_000), entry(2_000), entry(3_000));
  await journal.append([{ ...good, text: good.text.replace('at-2000|', '') }]);
  t.equal(await times(journal), '3000 1000');
});

t.test('prunes what is old', async (t) => {
  const { journal } = open(t);
  await journal.append([block(entry(10), entry(20)), block(entry(30)), block(entry(15), entry(40))]);
  const maxBytes = Number.POSITIVE_INFINITY;
  t.equal(await journal.prune({ before: 20, maxBytes }), 0);
  t.equal(await journal.prune({ before: 21, maxBytes }), 2, 'a block goes when all of it is old');
  t.equal(await times(journal), '40 30 15');
  t.equal(await journal.prune({ before: 100, maxBytes }), 3);
  t.equal(await journal.prune({ before: 100, maxBytes }), 0);
});

t.test('prunes what is too much, the oldest first, and gives room back', async (t) => {
  const { journal, file } = open(t);
  const path = '/p'.repeat(54);
  const blocks = Array.from({ length: 200 }, (_, i) =>
    block(...Array.from({ length: 512 }, (_, k) => entry(i * 512 + k, { peer: path, local: path }))),
  );
  for (let i = 0; i < blocks.length; i += 50) await journal.append(blocks.slice(i, i + 50));
  const before = statSync(file).size;
  t.equal(await journal.prune({ before: 0, maxBytes: before * 2 }), 0, 'not too much');
  const removed = await journal.prune({ before: 0, maxBytes: before / 4 });
  t.ok(removed > 140 * 512 && removed <= 160 * 512, `${removed} sessions`);
  const [oldest] = await ask(journal, { order: 'oldest', limit: 1 });
  t.equal(oldest?.started, removed);
  t.equal((await ask(journal, { limit: 1 }))[0]?.started, 200 * 512 - 1);
  t.ok(statSync(file).size < before / 2, 'the file is smaller');
  t.ok(statSync(`${file}-wal`).size <= 8 * 1024 * 1024, 'and its log is not larger');
  t.equal(await journal.prune({ before: 0, maxBytes: 0 }), 200 * 512 - removed, 'tables alone are no reason to go on');
});

t.test('a database that was put together from a dump keeps its room, and is used all the same', async (t) => {
  const { journal, file } = open(t);
  const path = '/p'.repeat(54);
  const whole = block(...Array.from({ length: 512 }, (_, i) => entry(i, { peer: path, local: path })));
  await journal.append(Array.from({ length: 60 }, () => whole));
  const database = openDatabase(file);
  database.exec('PRAGMA auto_vacuum = NONE; VACUUM');
  t.equal(database.pragma('auto_vacuum'), 0);
  t.teardown(database.close);
  t.equal(await journal.prune({ before: 1_000, maxBytes: 0 }), 60 * 512);
  t.equal(await times(journal), '');
});

t.test('what is pruned while someone reads is no trouble', async (t) => {
  const { journal } = open(t);
  await journal.append(Array.from({ length: 40 }, (_, i) => block(entry(i))));
  const seen: number[] = [];
  for await (const { started } of journal.entries({ since: 0, limit: 100 })) {
    if (seen.push(started) === 1) await journal.prune({ before: 20, maxBytes: Number.POSITIVE_INFINITY });
  }
  t.same(seen, Array.from({ length: 20 }, (_, i) => 39 - i).concat(seen.slice(20)));
  t.ok(seen.length >= 20 && seen.length < 40);
});
