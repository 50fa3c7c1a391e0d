import t, { type Test } from 'tap';

import { createBans, type Bans } from '../../src/accounts/bans.ts';
import { createBanKeeper, type BanKeeper } from '../../src/registry/ban-keeper.ts';
import { createFakeHouse, type FakeHouse } from '../support/registry.ts';

const now = Date.UTC(2026, 0, 15, 12);

function setUp(t: Test): { keeper: BanKeeper; bans: Bans; house: FakeHouse } {
  const bans = createBans({ store: null, neverBan: () => false, changed() {}, failed() {}, now: () => now });
  t.teardown(bans.close);
  const house = createFakeHouse();
  return { keeper: createBanKeeper({ bans, house }), bans, house };
}

const order = { address: '192.0.2.1', durationMs: 60_000, reason: 'auth_failures', service: 'ftp' } as const;

t.test('a ban is one event, however often it is ordered', async (t) => {
  const { keeper, bans, house } = setUp(t);
  t.equal(keeper.isBanned('192.0.2.1'), false);
  await Promise.all([keeper.ban(order), keeper.ban(order), keeper.ban({ ...order, service: 'web' })]);
  await keeper.ban(order);
  t.equal(keeper.isBanned('192.0.2.1'), true);
  t.equal(bans.list().length, 1);
  t.match(house.events[0], [
    'source.banned',
    { source: '192.0.2.1', reason: 'auth_failures', service: 'ftp', until: '2026-01-15T12:01:00.000Z' },
  ]);
});

t.test('who is never banned is not, neither by failures nor by hand', async (t) => {
  const { keeper, house } = setUp(t);
  house.neverBanned.add('192.0.2.1').add('2001:db8::');
  await keeper.ban(order);
  t.equal(keeper.isBanned('192.0.2.1'), false);
  t.equal(await keeper.isExempt('192.0.2.1'), true);
  t.equal(await keeper.banByHand('192.0.2.1', null), '192.0.2.1 is never banned (access.never_ban)');
  t.equal(await keeper.banByHand('2001:db8::/64', null), '2001:db8::/64 is never banned (access.never_ban)');
  t.same(house.events, []);
});

t.test('by hand, for a time or until it is removed', async (t) => {
  const { keeper, bans, house } = setUp(t);
  t.equal(await keeper.banByHand('192.0.2.1', 60_000), true);
  t.equal(await keeper.banByHand('2001:db8::/64', null), true);
  t.equal(keeper.isBanned('2001:db8::5'), true);
  t.match(bans.list(), [
    { source: '192.0.2.1', until: now + 60_000, reason: 'manual', service: null },
    { source: '2001:db8:0:0::/64', until: null },
  ]);
  t.match(house.events, [
    ['source.banned', { source: '192.0.2.1', reason: 'manual', service: undefined }],
    ['source.banned', { source: '2001:db8::/64', until: undefined }],
  ]);
});

t.test('not for longer than there are dates', async (t) => {
  const { keeper, bans } = setUp(t);
  t.equal(await keeper.banByHand('192.0.2.1', 36_500 * 86_400_000), true);
  for (const duration of [36_500 * 86_400_000 + 1, 1e300, Infinity, Number.NaN, 0, -1])
    t.equal(await keeper.banByHand('192.0.2.2', duration), 'expected a time of at most 36500 days', String(duration));
  t.equal(bans.list().length, 1);
});

t.test('a ban is lifted once', async (t) => {
  const { keeper, house } = setUp(t);
  await keeper.ban(order);
  t.equal(keeper.unban('192.0.2.1'), true);
  t.equal(keeper.unban('192.0.2.1'), false);
  t.equal(keeper.unban('nobody'), false);
  t.equal(keeper.isBanned('192.0.2.1'), false);
  t.same(house.events.slice(1), [['source.unbanned', { source: '192.0.2.1' }]]);
});

t.test('who has become exempt since is pardoned', async (t) => {
  const { keeper, bans, house } = setUp(t);
  await keeper.banByHand('192.0.2.1', null);
  await keeper.banByHand('192.0.2.2', null);
  await keeper.banByHand('2001:db8::1', null);
  house.neverBanned.add('192.0.2.1').add('2001:db8:0:0::');
  await keeper.pardon();
  t.same(
    bans.list().map(({ source }) => source),
    ['192.0.2.2'],
  );
});
