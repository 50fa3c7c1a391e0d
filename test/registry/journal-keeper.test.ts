import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';

import type { JournalBlock, JournalEntry } from '../../src/contract/journal.ts';
import type { JournalTable } from '../../src/contract/store.ts';
import { createJournalKeeper, type JournalKeeper } from '../../src/registry/journal-keeper.ts';
import { openStore } from '../../src/store/store.ts';
import { createJournalWriter } from '../../src/wire/journal-writer.ts';
import { scratchFile } from '../store/scratch.ts';
import { createFakeHouse, type FakeHouse } from '../support/registry.ts';

/** A minute ago: what is much older is not believed. */
const began = Date.now() - 60_000;

/** A session that took no time, so many milliseconds after that. */
const entry = (after: number, changes: Partial<JournalEntry> = {}): JournalEntry => ({
  id: `at-${after}`,
  service: 'echo',
  peer: '192.0.2.1:40000',
  local: '127.0.0.1:7',
  account: null,
  tls: null,
  started: began + after,
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

interface Bench {
  readonly keeper: JournalKeeper;
  readonly house: FakeHouse;
  readonly failures: string[];
}

function setUp(t: Test, table: JournalTable, keepMs = 1_000): Bench {
  const house = createFakeHouse();
  const failures: string[] = [];
  const keeper = createJournalKeeper({ table, keepMs, failed: ({ message }) => failures.push(message), house });
  t.teardown(() => keeper.close());
  return { keeper, house, failures };
}

function storeTable(t: Test): JournalTable {
  const store = openStore(scratchFile(t));
  t.teardown(store.close);
  return store.journal;
}

/** Notes what it is told; `append` waits for `go`, when there is one. */
function fakeTable(go?: Promise<void>): JournalTable & { readonly appended: number[]; readonly pruned: unknown[] } {
  const [appended, pruned] = [[] as number[], [] as unknown[]];
  return {
    appended,
    pruned,
    async append(blocks) {
      appended.push(blocks.length);
      await go;
      return 0;
    },
    async *entries() {},
    async prune(limits) {
      pruned.push(limits);
      return 0;
    },
  };
}

t.test('what was just added is found, the oldest first', async (t) => {
  const { keeper } = setUp(t, storeTable(t));
  keeper.add(block(entry(30), entry(10)));
  keeper.add(block(entry(20)));
  const { entries, isCut } = await keeper.find({ since: 0, limit: 10 });
  t.same(
    entries.map(({ started }) => started - began),
    [10, 20, 30],
  );
  t.equal(isCut, false);
});

t.test('the newest, and whether there are more', async (t) => {
  const { keeper } = setUp(t, storeTable(t));
  keeper.add(block(entry(10), entry(20), entry(30)));
  const found = async (after: number, limit: number): Promise<unknown> => {
    const { entries, isCut } = await keeper.find({ since: began + after, limit });
    return [entries.map(({ started }) => started - began), isCut];
  };
  t.same(await found(0, 3), [[10, 20, 30], false]);
  t.same(await found(0, 2), [[20, 30], true]);
  t.same(await found(20, 2), [[20, 30], false]);
  t.same(await found(31, 2), [[], false]);
});

t.test('no more than one message can hold', async (t) => {
  const table: JournalTable = {
    ...fakeTable(),
    async *entries() {
      for (let index = 0; index < 100_000; index++) yield entry(index, { local: 'x'.repeat(1_000) });
    },
  };
  const { keeper } = setUp(t, table);
  const reply = await keeper.find({ since: 0, limit: 100_000 });
  t.equal(reply.isCut, true);
  const length = JSON.stringify(reply).length;
  t.ok(length < 13 * 1024 ** 2 && length > 11 * 1024 ** 2, `${length}`);
});

t.test('what comes in a moment is one transaction', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const table = fakeTable();
  const { keeper } = setUp(t, table);
  keeper.add(block(entry(1)));
  mock.timers.tick(199);
  keeper.add(block(entry(2)));
  t.same(table.appended, []);
  mock.timers.tick(1);
  await turn();
  t.same(table.appended, [2]);
  keeper.add(block(entry(3)));
  await keeper.close();
  t.same(table.appended, [2, 1], 'and nothing is left behind');
});

t.test('where nothing is kept, nothing is written', async (t) => {
  const table = fakeTable();
  const { keeper } = setUp(t, table, 0);
  keeper.add(block(entry(1)));
  t.same(await keeper.find({ since: 0, limit: 1 }), { entries: [], isCut: false });
  await keeper.close();
  t.same(table.appended, []);
});

t.test('a disk that does not keep up costs entries, not memory', async (t) => {
  const { keeper, house } = setUp(t, fakeTable());
  for (let count = 0; count < 256; count++) keeper.add(block(entry(count)));
  keeper.add(block(entry(1), entry(2), entry(3)));
  keeper.add(block(entry(4)));
  await keeper.find({ since: 0, limit: 1 });
  t.same(house.events, [['journal.dropped', { count: 4 }]]);
  keeper.add(block(entry(5)));
  await keeper.find({ since: 0, limit: 1 });
  t.equal(house.events.length, 1, 'told once');
});

t.test('a store that fails is told, with what was lost, and tried again', async (t) => {
  let isDown = true;
  const table = fakeTable();
  const { keeper, house, failures } = setUp(t, {
    ...table,
    append: (blocks) => (isDown ? Promise.reject(new Error('the disk is full')) : table.append(blocks)),
  });
  keeper.add(block(entry(1), entry(2)));
  await keeper.find({ since: 0, limit: 1 });
  t.same(failures, ['the disk is full']);
  t.same(house.events, [['journal.dropped', { count: 2 }]]);
  isDown = false;
  keeper.add(block(entry(3)));
  await keeper.find({ since: 0, limit: 1 });
  t.same(table.appended, [1]);
  t.equal(house.events.length, 1);
});

t.test('one that cannot be read says so to who asks', async (t) => {
  const { keeper } = setUp(t, {
    ...fakeTable(),
    entries() {
      throw new Error('the database is damaged');
    },
  });
  await t.rejects(keeper.find({ since: 0, limit: 1 }), { message: 'the database is damaged' });
});

t.test('each hour what is too old goes', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 10_000_000 });
  t.teardown(() => mock.timers.reset());
  const table = fakeTable();
  setUp(t, table, 5_000_000);
  mock.timers.tick(3_600_000);
  t.same(table.pruned, [{ before: 8_600_000, maxBytes: 512 * 1024 ** 2 }]);
});

t.test('of a worker’s blocks those are believed that can be', async (t) => {
  const now = 1_800_000_000_000;
  const hourMs = 3_600_000;
  mock.timers.enable({ apis: ['Date'], now });
  t.teardown(() => mock.timers.reset());
  const good: JournalBlock = { from: now - 1_000, to: now, count: 1, text: 'x' };
  const isTaken = async (changes: Partial<JournalBlock>): Promise<boolean> => {
    const table = fakeTable();
    const { keeper, house } = setUp(t, table);
    keeper.add({ ...good, ...changes });
    await keeper.find({ since: 0, limit: 1 });
    // What is left out is told with the next that is not.
    keeper.add(good);
    await keeper.find({ since: 0, limit: 1 });
    t.equal(house.events.length, 2 - table.appended.length);
    return table.appended.length === 2;
  };
  for (const [changes, expected] of [
    [{}, true],
    [{ from: now - hourMs }, false],
    [{ from: now - hourMs + 1 }, true],
    [{ to: now + hourMs }, false],
    [{ to: now + hourMs - 1 }, true],
    [{ from: 0, to: 0 }, false],
    [{ count: 0 }, false],
    [{ count: 0, text: '' }, false],
    [{ count: -1 }, false],
    [{ count: 2 }, false],
    [{ count: 1e9 }, false],
    [{ count: 1, text: 'x;y' }, false],
    [{ count: 2, text: 'x;y' }, true],
    [{ text: 'x'.repeat(2_048) }, true],
    [{ text: 'x'.repeat(2_049) }, false],
    [{ count: 2, text: `x;${'y'.repeat(4_094)}` }, true],
    [{ count: 2, text: `x;${'y'.repeat(4_095)}` }, false],
  ] as const)
    t.equal(await isTaken(changes), expected, JSON.stringify(changes).slice(0, 100));
});

t.test('after thirty-two megabytes it is looked how much there is', async (t) => {
  const now = 1_800_000_000_000;
  mock.timers.enable({ apis: ['Date'], now });
  t.teardown(() => mock.timers.reset());
  const table = fakeTable();
  const { keeper } = setUp(t, table);
  const write = async (length: number): Promise<void> => {
    const text = `${';'.repeat(511)}${'x'.repeat(length - 511)}`;
    keeper.add({ from: now, to: now, count: 512, text });
    await keeper.find({ since: 0, limit: 1 });
  };
  for (let count = 0; count < 32; count++) await write(1024 ** 2);
  t.same(table.pruned, []);
  await write(512);
  t.same(table.pruned, [{ before: now - 1_000, maxBytes: 512 * 1024 ** 2 }]);
  await write(1024 ** 2);
  t.equal(table.pruned.length, 1, 'and from then on it is counted anew');
});
