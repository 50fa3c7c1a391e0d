import { mock } from 'node:test';

import t, { type Test } from 'tap';

import { createBans, type BanChange, type BanRequest, type Bans, type BansOptions } from '../../src/accounts/bans.ts';
import type { Ban } from '../../src/contract/ban.ts';
import type { BanTable } from '../../src/contract/store.ts';

interface Stage {
  readonly clock: { now: number };
  readonly changes: BanChange[];
  readonly told: string[];
  readonly bans: Bans;
  readonly ban: (address: string, durationMs?: number | null, changes?: Partial<BanRequest>) => Ban | null;
  readonly tick: (ms: number) => void;
}

function setUp(t: Test, options: Partial<BansOptions> = {}): Stage {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const clock = { now: 1_000 };
  const changes: BanChange[] = [];
  const told: string[] = [];
  const bans = createBans({
    store: null,
    neverBan: (address) => address === '127.0.0.1' || address.startsWith('2001:db8:99:'),
    changed: (change) => changes.push(change),
    failed: ({ message }) => told.push(message),
    now: () => clock.now,
    ...options,
  });
  t.teardown(bans.close);
  const ban: Stage['ban'] = (address, durationMs = 10_000, more = {}) =>
    bans.add({ address, durationMs, reason: 'auth_failures', service: 'ftp', ...more });
  const tick = (ms: number): void => {
    clock.now += ms;
    mock.timers.tick(ms);
  };
  return { clock, changes, told, bans, ban, tick };
}

/** A store in memory, whose calls can be made to fail. */
function fakeTable(
  ...rows: Ban[]
): BanTable & { isDown: boolean; readonly rows: Map<string, Ban>; readonly calls: string[] } {
  const table = { isDown: false, rows: new Map(rows.map((ban) => [ban.source, ban])), calls: [] as string[] };
  const call = async <T>(name: string, run: () => T): Promise<T> => {
    if (table.isDown) throw new Error(`cannot ${name}`);
    table.calls.push(name);
    return run();
  };
  return Object.assign(table, {
    put: (ban: Ban) => call('put', () => void table.rows.set(ban.source, ban)),
    remove: (source: string) => call('remove', () => table.rows.delete(source)),
    list: () => call('list', () => [...table.rows.values()]),
    purge: () => call('purge', () => 0),
    replace: (all: readonly Ban[]) =>
      call('replace', () => {
        table.rows.clear();
        for (const ban of all) table.rows.set(ban.source, ban);
      }),
  });
}

const stored = (source: string, until: number | null, since = 500): Ban => ({
  source,
  until,
  reason: 'auth_failures',
  service: 'ftp',
  since,
});
const sources = (all: readonly Ban[]): string => all.map(({ source }) => source).join(' ');
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(() => setImmediate(resolve)));

t.test('a banned source is banned until its end, and everybody is told', async (t) => {
  const { changes, bans, ban, tick } = setUp(t);
  t.equal(bans.isBanned('192.0.2.1'), false);
  const made = ban('192.0.2.1');
  t.same(made, { source: '192.0.2.1', until: 11_000, reason: 'auth_failures', service: 'ftp', since: 1_000 });
  t.same(changes, [{ removed: [], added: [made] }]);
  t.equal(bans.isBanned('192.0.2.1'), true);
  t.equal(bans.isBanned('::ffff:192.0.2.1'), true);
  t.equal(bans.isBanned('192.0.2.2'), false);
  tick(9_999);
  t.equal(bans.isBanned('192.0.2.1'), true);
  tick(1);
  t.equal(bans.isBanned('192.0.2.1'), false);
  t.same(changes.slice(1), [{ removed: ['192.0.2.1'], added: [] }]);
  t.same(bans.list(), []);
});

t.test('of an IPv6 address the whole /64', async (t) => {
  const { bans, ban } = setUp(t);
  t.equal(ban('2001:db8:0:1::5')?.source, '2001:db8:0:1::/64');
  t.equal(bans.isBanned('2001:db8:0:1:ffff::1'), true);
  t.equal(bans.isBanned('2001:db8:0:2::5'), false);
  t.equal(ban('2001:db8:0:2::/64')?.source, '2001:db8:0:2::/64');
  t.equal(bans.isBanned('2001:db8:0:2::5'), true);
  t.equal(bans.remove('2001:db8:0:2::77'), true);
  t.equal(bans.isBanned('2001:db8:0:2::5'), false);
});

t.test('some are never banned, and what is no address cannot be', async (t) => {
  const { changes, bans, ban } = setUp(t);
  for (const address of [
    '127.0.0.1',
    '2001:db8:99:1::/64',
    '2001:db8:99:1::5',
    '',
    '/run/socket',
    'unix',
    '192.0.2.0/24',
  ])
    t.equal(ban(address), null, address);
  t.same(changes, []);
  t.equal(bans.isBanned(''), false);
});

t.test('one that is never banned is let in although its network is banned', async (t) => {
  const { bans, ban } = setUp(t, { neverBan: (address) => address === '2001:db8::5' });
  ban('2001:db8::6');
  t.equal(bans.isBanned('2001:db8::6'), true);
  t.equal(bans.isBanned('2001:db8::5'), false);
});

t.test('a ban is made longer, not shorter, unless an operator says it', async (t) => {
  const { changes, ban } = setUp(t);
  const first = ban('192.0.2.1', 10_000);
  t.equal(ban('192.0.2.1', 5_000, { service: 'mail' }), first);
  t.equal(ban('192.0.2.1', 10_000, { service: 'mail' }), first);
  t.equal(changes.length, 1, 'nothing to tell');
  t.match(ban('192.0.2.1', 10_001, { service: 'mail' }), { until: 11_001, service: 'mail' });
  const lasting = ban('192.0.2.1', null, { reason: 'manual', service: null });
  t.match(lasting, { until: null });
  t.equal(ban('192.0.2.1', 1e9), lasting);
  t.match(ban('192.0.2.1', 1_000, { reason: 'manual', service: null }), { until: 2_000 });
});

t.test('is removed', async (t) => {
  const { changes, bans, ban, tick } = setUp(t);
  ban('192.0.2.1', null);
  t.equal(bans.remove('192.0.2.2'), false);
  t.equal(bans.remove('nobody'), false);
  t.equal(bans.remove('192.0.2.1'), true);
  t.equal(bans.remove('192.0.2.1'), false);
  t.same(changes.at(-1), { removed: ['192.0.2.1'], added: [] });
  ban('192.0.2.1', 1_000);
  tick(1_000);
  t.equal(bans.remove('192.0.2.1'), false, 'one that is over is none');
});

t.test('at the limit, the one that ends first goes, but not the new one', async (t) => {
  const { changes, bans, ban } = setUp(t, { maxBans: 3 });
  ban('192.0.2.1', null);
  ban('192.0.2.2', 7_000);
  ban('192.0.2.3', 6_000);
  t.equal(sources(bans.list()), '192.0.2.1 192.0.2.2 192.0.2.3', 'at it');
  ban('192.0.2.4', 5_000);
  t.equal(sources(bans.list()), '192.0.2.1 192.0.2.2 192.0.2.4', 'one past it');
  t.match(changes.at(-1), { removed: ['192.0.2.3'], added: [{ source: '192.0.2.4' }] });
  ban('192.0.2.4', 8_000);
  t.equal(bans.list().length, 3, 'the same source again');
  ban('192.0.2.5', 9_000);
  t.equal(sources(bans.list()), '192.0.2.1 192.0.2.4 192.0.2.5');
});

t.test('an operator’s ban is not pushed out by others, however many there are', async (t) => {
  const { bans, ban } = setUp(t, { maxBans: 3 });
  const byHand = { reason: 'manual', service: null } as const;
  ban('192.0.2.1', 2_000, byHand);
  for (let host = 2; host <= 200; host++) ban(`192.0.2.${host}`, 1_000_000);
  t.equal(bans.list().length, 3);
  t.equal(bans.isBanned('192.0.2.1'), true, 'although it ends first');
  ban('192.0.2.201', 1_000, byHand);
  for (let host = 202; host <= 210; host++) ban(`192.0.2.${host}`, null);
  t.equal(sources(bans.list()), '192.0.2.1 192.0.2.201 192.0.2.210');
});

t.test('it still ends when it ends', async (t) => {
  const { bans, ban, tick } = setUp(t, { maxBans: 2 });
  ban('192.0.2.1', 2_000, { reason: 'manual', service: null });
  for (let host = 2; host <= 9; host++) ban(`192.0.2.${host}`, null);
  tick(1_999);
  t.equal(bans.isBanned('192.0.2.1'), true);
  tick(1);
  t.equal(sources(bans.list()), '192.0.2.9');
});

t.test('of operators’ bans ten thousand are spared, and not one more', async (t) => {
  const { bans, ban } = setUp(t, { maxBans: 10_001 });
  const address = (i: number): string => `10.0.${i >> 8}.${i & 255}`;
  for (let i = 0; i < 10_001; i += 1) ban(address(i), 1_000 + i, { reason: 'manual', service: null });
  ban('192.0.2.1', null);
  t.equal(bans.list().length, 10_001);
  t.equal(bans.isBanned('192.0.2.1'), true);
  t.same([bans.isBanned(address(9_999)), bans.isBanned(address(10_000))], [true, false]);
});

t.test('100,000 and no more', async (t) => {
  const { bans, ban } = setUp(t);
  const address = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  for (let i = 0; i < 100_000; i += 1) ban(address(i), 1_000_000 + i);
  t.equal(bans.list().length, 100_000);
  t.equal(bans.isBanned(address(0)), true);
  ban(address(100_000), 1_000);
  t.equal(bans.list().length, 100_000);
  t.equal(bans.isBanned(address(0)), false);
  t.equal(bans.isBanned(address(100_000)), true);
});

t.test('when the clock goes back, a ban lasts as long as it was meant to from then on', async (t) => {
  const { clock, changes, bans, ban, tick } = setUp(t);
  clock.now = 1_000_000;
  ban('192.0.2.1', 10_000);
  ban('192.0.2.2', null);
  clock.now = 2_000;
  t.equal(bans.isBanned('192.0.2.1'), true);
  t.match(bans.list(), [
    { source: '192.0.2.1', since: 2_000, until: 12_000 },
    { since: 2_000, until: null },
  ]);
  t.match(changes.at(-1), { removed: [], added: [{ until: 12_000 }, { until: null }] });
  tick(9_999);
  t.equal(bans.isBanned('192.0.2.1'), true);
  tick(1);
  t.equal(bans.isBanned('192.0.2.1'), false);
  t.equal(bans.isBanned('192.0.2.2'), true);
  clock.now = 1_005_000;
  t.equal(bans.isBanned('192.0.2.1'), false, 'nor again when it is set right');
});

t.test('when the clock goes ahead, what is over is over', async (t) => {
  const { clock, changes, bans, ban } = setUp(t);
  ban('192.0.2.1', 600_000);
  clock.now = 1_000_000;
  t.equal(bans.isBanned('192.0.2.1'), false);
  mock.timers.tick(60_000);
  t.same(changes.at(-1), { removed: ['192.0.2.1'], added: [] }, 'told within a minute');
});

t.test('the store is told, and what it has kept is taken in', async (t) => {
  const store = fakeTable(stored('192.0.2.1', 9_000), stored('2001:db8:0:1::/64', null), stored('rubbish', null));
  const { changes, bans, ban, tick } = setUp(t, { store });
  await bans.load();
  t.same(changes, [{ removed: [], added: [stored('192.0.2.1', 9_000), stored('2001:db8:0:1::/64', null)] }]);
  t.equal(bans.isBanned('2001:db8:0:1::5'), true);
  ban('192.0.2.3');
  t.same([...store.rows.keys()], ['192.0.2.1', '2001:db8:0:1::/64', 'rubbish', '192.0.2.3']);
  bans.remove('192.0.2.1');
  tick(60_000);
  await settled();
  t.same(store.calls, ['list', 'purge', 'put', 'remove', 'purge']);
});

t.test('what was banned before the store was read is in it afterwards', async (t) => {
  const store = fakeTable(stored('192.0.2.1', 9_000), stored('192.0.2.2', 9_000));
  const { bans, ban } = setUp(t, { store });
  const newer = ban('192.0.2.1', null);
  await bans.load();
  t.same([...store.rows.values()], [newer, stored('192.0.2.2', 9_000)]);
});

t.test('a store that fails is told once; bans go on without, and are in it when it works again', async (t) => {
  const store = fakeTable(stored('192.0.2.1', 1e9));
  const { told, bans, ban, tick } = setUp(t, { store });
  await bans.load();
  store.isDown = true;
  ban('192.0.2.2', 1e9);
  await settled();
  ban('192.0.2.3', 1e9);
  bans.remove('192.0.2.1');
  await settled();
  t.same(told, ['cannot put']);
  t.equal(sources(bans.list()), '192.0.2.2 192.0.2.3');
  store.isDown = false;
  tick(60_000);
  await settled();
  t.same([...store.rows.keys()], ['192.0.2.2', '192.0.2.3']);
  bans.remove('192.0.2.2');
  bans.remove('192.0.2.3');
  await settled();
  t.equal(store.rows.size, 0);
});

t.test('a store that could not be read is read later, and loses nothing', async (t) => {
  const store = fakeTable(stored('192.0.2.1', 1e9));
  store.isDown = true;
  const { told, bans, ban, tick } = setUp(t, { store });
  await bans.load();
  ban('192.0.2.2', 1e9);
  t.same(told, ['cannot list']);
  store.isDown = false;
  tick(60_000);
  await settled();
  t.equal(sources(bans.list()), '192.0.2.1 192.0.2.2');
  t.same([...store.rows.keys()].sort(), ['192.0.2.1', '192.0.2.2']);
});

t.test('a store with more than the limit', async (t) => {
  const store = fakeTable(...[1, 2, 3, 4].map((n) => stored(`192.0.2.${n}`, n * 10_000)));
  const { changes, bans } = setUp(t, { store, maxBans: 2 });
  await bans.load();
  t.equal(sources(bans.list()), '192.0.2.3 192.0.2.4');
  t.equal(sources(changes[0]?.added ?? []), '192.0.2.3 192.0.2.4');
});
