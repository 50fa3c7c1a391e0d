import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';

import type { Ban } from '../../src/contract/ban.ts';
import type { JournalEntry } from '../../src/contract/journal.ts';
import type { RegistryOptions } from '../../src/contract/registry.ts';
import { createRegistry, type Registry } from '../../src/registry/registry.ts';
import { createJournalWriter } from '../../src/wire/journal-writer.ts';
import { recordOf, secretHash } from '../accounts/records.ts';
import { createFakeHouse, loginRequest, type FakeHouse } from '../support/registry.ts';
import { scratchFile } from '../store/scratch.ts';

interface Bench {
  readonly house: FakeHouse;
  readonly folder: string;
  /** Another one on the same store. */
  start(more?: Partial<RegistryOptions>): Promise<Registry>;
}

const alice = recordOf('alice', { password: secretHash });

function setUp(t: Test, house = createFakeHouse()): Bench {
  const folder = dirname(scratchFile(t));
  return {
    house,
    folder,
    async start(more = {}) {
      const registry = await createRegistry(
        {
          folder,
          state: '/state',
          databases: [],
          neverBan: [],
          journal: 86_400_000,
          acmeFolder: join(folder, 'acme'),
          acme: {},
          ...more,
        },
        house,
      );
      t.teardown(() => registry.close());
      registry.told({ type: 'accounts', records: [alice] });
      return registry;
    },
  };
}

const wrong = loginRequest({ credentials: { name: 'alice', password: 'wrong' } });
const sourcesOf = (bans: unknown): string[] => (bans as Ban[]).map(({ source }) => source);

t.test('tells the bans in force when it is up, and whenever they change', async (t) => {
  const { start, house } = setUp(t);
  const registry = await start();
  t.same(house.told, [[]]);
  await registry.answer({ what: 'ban', source: '192.0.2.1', duration: null });
  while (house.told.length < 2) await turn();
  t.same(
    house.told[1]?.map(({ source }) => source),
    ['192.0.2.1'],
  );
});

t.test('answers logins', async (t) => {
  const { start } = setUp(t);
  const registry = await start();
  t.match(await registry.answer(loginRequest()), { result: 'ok', account: { name: 'alice' } });
  t.same(await registry.answer(wrong), { result: 'failed' });
});

t.test('accounts that come in parts count when all are there', async (t) => {
  const { start } = setUp(t);
  const registry = await start();
  const bob = recordOf('bob', { password: secretHash });
  const login = async (name: string): Promise<unknown> =>
    await registry.answer(loginRequest({ source: '', credentials: { name, password: 'secret' } }));
  registry.told({ type: 'accounts', records: [bob], hasMore: true });
  t.same(await login('bob'), { result: 'failed' });
  t.match(await login('alice'), { result: 'ok' }, 'those before them stay until then');
  registry.told({ type: 'accounts', records: [] });
  t.match(await login('bob'), { result: 'ok' });
  t.same(await login('alice'), { result: 'failed' });
});

t.test('bans outlive it, failures as well', async (t) => {
  const { start } = setUp(t);
  const first = await start();
  await first.answer(wrong);
  await first.answer(wrong);
  t.equal(await first.answer({ what: 'ban', source: '192.0.2.7', duration: 3_600_000 }), true);
  await first.close();
  const second = await start();
  t.same(sourcesOf(await second.answer({ what: 'bans' })), ['192.0.2.7']);
  t.same(await second.answer(wrong), { result: 'failed' });
  t.same(await second.answer(loginRequest()), { result: 'banned' });
  await second.close();
  const third = await start();
  t.same(sourcesOf(await third.answer({ what: 'bans' })).sort(), ['192.0.2.1', '192.0.2.7']);
  t.equal(await third.answer({ what: 'unban', source: '192.0.2.1' }), true);
  t.match(await third.answer(loginRequest()), { result: 'ok' });
});

t.test('a start pardons who is never banned now', async (t) => {
  const { start, house } = setUp(t);
  const first = await start();
  await first.answer({ what: 'ban', source: '192.0.2.1', duration: null });
  await first.close();
  house.neverBanned.add('192.0.2.1');
  await start();
  t.same(house.told.at(-1), []);
});

t.test('whoever touches a sensor is banned', async (t) => {
  const { start, house } = setUp(t);
  const registry = await start();
  const touch = { what: 'sensor', service: 'trap', source: '192.0.2.1', ban: 60_000 } as const;
  t.equal(await registry.answer(touch), null);
  t.match(await house.next('source.banned'), { source: '192.0.2.1', reason: 'sensor', service: 'trap' });
  house.neverBanned.add('192.0.2.2');
  await registry.answer({ ...touch, source: '192.0.2.2' });
  t.same(sourcesOf(await registry.answer({ what: 'bans' })), ['192.0.2.1']);
});

t.test('a unix socket’s peer has no address to ban', async (t) => {
  const { start } = setUp(t);
  const registry = await start();
  for (let count = 0; count < 5; count++) {
    t.same(await registry.answer({ ...wrong, source: '' }), { result: 'failed' });
  }
  t.match(await registry.answer({ ...loginRequest(), source: '' }), { result: 'ok' });
});

t.test('the journal', async (t) => {
  const { start, house } = setUp(t);
  const registry = await start();
  const entry: JournalEntry = {
    id: 'abcdefghjkmn',
    service: 'echo',
    peer: '192.0.2.1:4000',
    local: '127.0.0.1:7',
    account: 'alice',
    tls: null,
    started: Date.now(),
    duration: 1.5,
    bytes: { in: 1, out: null },
    reason: 'end',
  };
  const writer = createJournalWriter();
  writer.add(entry);
  registry.told({ type: 'journal', block: writer.take() as NonNullable<ReturnType<typeof writer.take>> });
  // What no worker of ours would say.
  registry.told({ type: 'journal', block: { from: 1, to: 2, count: 1e9, text: ';;;|||' } });
  registry.told({ type: 'journal', block: { from: 9e15, to: 0, count: -1, text: '' } });
  registry.told({ type: 'journal', block: { from: 0, to: 9e15, count: 1, text: 'x'.repeat(100_000) } });
  t.same(await registry.answer({ what: 'journal', query: { since: 0, limit: 10 } }), {
    entries: [entry],
    isCut: false,
  });
  t.same(
    house.events.filter(([event]) => event === 'store.failed'),
    [],
  );
});

t.test('renew is the public authorities’', async (t) => {
  const registry = await setUp(t).start();
  t.same(await registry.answer({ what: 'renew', names: [] }), { renewed: [], failed: [] });
});

t.test('a store that cannot be used is told once, and everything else goes on', async (t) => {
  const { start, house, folder } = setUp(t);
  mkdirSync(join(folder, 'portico.db'));
  const registry = await start();
  t.match(await registry.answer(loginRequest()), { result: 'ok' });
  for (let count = 0; count < 3; count++) t.same(await registry.answer(wrong), { result: 'failed' });
  t.same(await registry.answer(loginRequest()), { result: 'banned' });
  t.same(sourcesOf(await registry.answer({ what: 'bans' })), ['192.0.2.1']);
  await t.rejects(registry.answer({ what: 'journal', query: { since: 0, limit: 1 } }), { name: 'StoreError' });
  const failed = house.events.filter(([event]) => event === 'store.failed');
  t.equal(failed.length, 1);
  t.match(failed[0]?.[1], { error: { message: /portico\.db: .*: \S/ } });
  await registry.close();
});

t.test('so is one that is damaged', async (t) => {
  const { start, house, folder } = setUp(t);
  writeFileSync(join(folder, 'portico.db'), 'this is no database '.repeat(1_000));
  const registry = await start();
  t.match(await registry.answer(loginRequest()), { result: 'ok' });
  t.match(await house.next('store.failed'), { error: { message: /move .*portico\.db/ } });
});

t.test('and one whose folder may not be written', { skip: process.getuid?.() === 0 && 'root may' }, async (t) => {
  const { start, house, folder } = setUp(t);
  chmodSync(folder, 0o500);
  const registry = await start();
  t.match(await registry.answer(loginRequest()), { result: 'ok' });
  t.match(await house.next('store.failed'), { error: { message: /writable|belong/ } });
});

t.test('bans of an attack are told some times a second, not each', async (t) => {
  const { start, house } = setUp(t);
  const registry = await start();
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const other = await start();
  const before = house.told.length;
  for (let index = 0; index < 1_000; index++)
    await other.answer({ what: 'ban', source: `10.0.${index >> 8}.${index & 255}`, duration: null });
  t.equal(house.told.length, before);
  mock.timers.tick(100);
  t.equal(house.told.length, before + 1);
  t.equal(house.told.at(-1)?.length, 1_000);
  await other.answer({ what: 'unban', source: '10.0.0.0' });
  // A thousand of them cost more than a few.
  mock.timers.tick(149);
  t.equal(house.told.length, before + 1);
  mock.timers.tick(1);
  t.equal(house.told.at(-1)?.length, 999);
  mock.timers.tick(10_000);
  t.equal(house.told.length, before + 2, 'nothing has changed since');
  await registry.close();
});

t.test('fifty thousand bans: those that would end first go', async (t) => {
  const { start } = setUp(t);
  const registry = await start({ folder: '/dev/null/store' });
  const addressOf = (index: number): string => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
  for (let index = 0; index < 50_000; index++)
    await registry.answer({ what: 'sensor', service: 'trap', source: addressOf(index), ban: 3_600_000 + index });
  const bans = async (): Promise<Ban[]> => (await registry.answer({ what: 'bans' })) as unknown as Ban[];
  t.equal((await bans()).length, 50_000);
  await registry.answer({ what: 'ban', source: '192.0.2.1', duration: 7_200_000 });
  const after = await bans();
  t.equal(after.length, 50_000);
  t.equal(after.at(-1)?.source, '192.0.2.1');
  t.equal(after[0]?.source, addressOf(1));
  t.ok(JSON.stringify(after).length < 16 * 1024 ** 2, 'a message can hold them');
});

t.test('who goes on asking one that has ended learns it', async (t) => {
  const registry = await setUp(t).start();
  await registry.close();
  await t.rejects(registry.answer({ what: 'journal', query: { since: 0, limit: 1 } }), { message: /closed/ });
  await turn();
});
