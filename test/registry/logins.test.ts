import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';

import { createBans } from '../../src/accounts/bans.ts';
import { createFailures } from '../../src/accounts/failures.ts';
import type { AccountRecord } from '../../src/contract/account.ts';
import type { AuthenticateReply, AuthenticateRequest } from '../../src/contract/registry.ts';
import { createBanKeeper, type BanKeeper } from '../../src/registry/ban-keeper.ts';
import { createLogins, type Logins } from '../../src/registry/logins.ts';
import { recordOf, secretHash } from '../accounts/records.ts';
import { createFakeHouse, loginRequest, type FakeHouse } from '../support/registry.ts';

interface Bench {
  readonly logins: Logins;
  readonly keeper: BanKeeper;
  readonly house: FakeHouse;
  readonly clock: { now: number };
  /** Databases that could not be asked at the start. */
  readonly rejected: readonly string[];
  login(name: string, password: string, more?: Partial<AuthenticateRequest>): Promise<AuthenticateReply>;
}

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const alice = recordOf('alice', { password: secretHash, keys: [key], mail: ['alice@example.com'] });

function setUp(t: Test, records: readonly AccountRecord[] | null = [alice], databases: string[] = []): Bench {
  const clock = { now: 1_000_000 };
  const now = (): number => clock.now;
  const bans = createBans({ store: null, neverBan: () => false, changed() {}, failed() {}, now });
  const failures = createFailures({ store: null, failed() {}, now });
  const house = createFakeHouse();
  const keeper = createBanKeeper({ bans, house });
  const rejected: string[] = [];
  const logins = createLogins({
    options: { databases, state: '/state' },
    banKeeper: keeper,
    failures,
    rejected: (reason) => void rejected.push(reason),
  });
  t.teardown(() => {
    logins.close();
    failures.close();
    bans.close();
  });
  if (records !== null) logins.useAccounts(records);
  return {
    logins,
    keeper,
    house,
    clock,
    rejected,
    login: (name, password, more = {}) =>
      logins.authenticate(loginRequest({ credentials: { name, password }, ...more })),
  };
}

/** How many passwords are computed from now on. */
function countHashes(t: Test): () => number {
  const original = crypto.scrypt;
  let count = 0;
  mock.method(crypto, 'scrypt', (...args: Parameters<typeof crypto.scrypt>) => {
    count += 1;
    original(...args);
  });
  syncBuiltinESMExports();
  t.teardown(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
  });
  return () => count;
}

const failed = { result: 'failed' };
const banned = { result: 'banned' };

t.test('who has the password comes in, and nothing secret comes back', async (t) => {
  const { login } = setUp(t);
  const reply = await login('alice', 'secret');
  const { password: _, keys: __, ...account } = alice;
  t.same(reply, { result: 'ok', account });
  t.notMatch(JSON.stringify(reply), /scrypt|ssh-ed25519/);
  t.same(await login('alice', 'wrong'), failed);
  t.same(await login('nobody', 'secret'), failed);
});

t.test('only to services that the account is for, by name or type', async (t) => {
  const { login } = setUp(t, [{ ...alice, services: ['files', 'ftp'] }]);
  const at = async (service: string, type: string): Promise<string> =>
    (await login('alice', 'secret', { service, type })).result;
  t.equal(await at('files', 'sftp'), 'ok');
  t.equal(await at('public', 'ftp'), 'ok');
  t.equal(await at('mail', 'smtp'), 'failed');
});

t.test('that an account is for other services costs as much as a wrong password', async (t) => {
  const { login } = setUp(t, [{ ...alice, services: [] }]);
  const count = countHashes(t);
  await login('alice', 'secret');
  t.equal(count(), 1);
  await login('nobody', 'secret');
  t.equal(count(), 2, 'so does an unknown name');
  t.same(await login('alice', 'secret'), { ...failed, reason: 'service' }, 'of which the log alone is told');
  t.same(await login('alice', 'secret'), banned, 'and it counts');
});

t.test('keys', async (t) => {
  const { logins, keeper } = setUp(t);
  const shows = (proven: boolean, given = key): Promise<AuthenticateReply> =>
    logins.authenticate(loginRequest({ credentials: { name: 'alice', key: given, proven } }));
  t.match(await shows(true), { result: 'ok', account: { name: 'alice' } });
  t.match(await shows(false), { result: 'ok' });
  const other = key.replace('HR4f', 'HR4g');
  for (let count = 0; count < 10; count++) t.same(await shows(false, other), failed);
  t.equal(keeper.isBanned('192.0.2.1'), false, 'asking which key would do is no failure');
  for (let count = 0; count < 3; count++) t.same(await shows(true, other), failed);
  t.same(await shows(true), banned);
  t.same(await shows(false), banned);
});

t.test('so many failures of a source, and not one more', async (t) => {
  const { login, house, clock } = setUp(t);
  for (let count = 0; count < 2; count++) t.same(await login('alice', 'wrong'), failed);
  t.match(await login('alice', 'secret'), { result: 'ok' });
  t.same(await login('alice', 'wrong'), failed, 'a login in between is no excuse: it may be the attacker’s own');
  t.same(await login('alice', 'secret'), banned);
  t.same(await login('bob', 'x', { service: 'mail' }), banned, 'at every service');
  t.match(await login('alice', 'secret', { source: '192.0.2.2' }), { result: 'ok' }, 'others come in');
  t.match(house.events, [['source.banned', { source: '192.0.2.1', reason: 'auth_failures', service: 'echo' }]]);
  clock.now += 599_999;
  t.same(await login('alice', 'secret'), banned);
  clock.now += 1;
  t.match(await login('alice', 'secret'), { result: 'ok' });
});

t.test('failures count within their window only', async (t) => {
  const { login, clock } = setUp(t);
  for (let count = 0; count < 2; count++) await login('alice', 'wrong');
  clock.now += 600_000;
  for (let count = 0; count < 2; count++) t.same(await login('alice', 'wrong'), failed);
  t.match(await login('alice', 'secret'), { result: 'ok' });
});

t.test('a clock that goes back neither forgets nor bans for ever', async (t) => {
  const { login, clock } = setUp(t);
  const before = clock.now;
  clock.now += 365 * 86_400_000;
  for (let count = 0; count < 2; count++) await login('alice', 'wrong');
  clock.now = before;
  t.same(await login('alice', 'wrong'), failed);
  t.same(await login('alice', 'secret'), banned);
  clock.now += 600_000;
  t.match(await login('alice', 'secret'), { result: 'ok' });
});

t.test('the addresses of an IPv6 /64 are one source', async (t) => {
  const { login } = setUp(t);
  for (const host of [1, 2, 3]) t.same(await login('alice', 'wrong', { source: `2001:db8::${host}` }), failed);
  t.same(await login('alice', 'secret', { source: '2001:db8::99' }), banned);
  t.match(await login('alice', 'secret', { source: '2001:db8:0:1::1' }), { result: 'ok' });
});

t.test('who is never banned may go on trying, also inside a network that is banned', async (t) => {
  const { login, house, keeper } = setUp(t);
  house.neverBanned.add('192.0.2.1').add('2001:db8::1');
  for (let count = 0; count < 10; count++) t.same(await login('alice', 'wrong'), failed);
  t.match(await login('alice', 'secret'), { result: 'ok' });
  await keeper.banByHand('2001:db8::/64', null);
  t.same(await login('alice', 'secret', { source: '2001:db8::2' }), banned);
  t.match(await login('alice', 'secret', { source: '2001:db8::1' }), { result: 'ok' });
});

t.test('of a thousand guesses at once thirty-two wait, and those after the ban are not computed', async (t) => {
  const { login } = setUp(t);
  const count = countHashes(t);
  const replies = await Promise.all(Array.from({ length: 1_000 }, (_, index) => login('alice', `guess ${index}`)));
  const results = replies.map(({ result }) => result);
  t.equal(results.filter((result) => result === 'failed').length, 3);
  t.equal(results.filter((result) => result === 'banned').length, 29);
  t.equal(results.filter((result) => result === 'busy').length, 968);
  t.ok(count() <= 3 + availableParallelism(), `${count()} were computed`);
});

t.test('one source can keep so many others waiting, and not one more', async (t) => {
  const { login } = setUp(t);
  const at = (source: string): Promise<AuthenticateReply> => login('alice', 'secret', { source });
  const host = (index: number): string => `2001:db8::${index + 1}`;
  const first = Array.from({ length: 32 }, (_, index) => at(host(index)));
  await turn();
  t.same(await at(host(32)), { result: 'busy' }, 'a /64 is one source');
  const other = at('2001:db8:0:1::1');
  for (const reply of await Promise.all(first)) t.match(reply, { result: 'ok' });
  t.match(await other, { result: 'ok' }, 'others have their own turn');
  t.match(await at(host(32)), { result: 'ok' }, 'and there is room again');
});

t.test('more than can wait are told that it is busy, which counts for nothing', async (t) => {
  const { login, keeper } = setUp(t);
  const replies = await Promise.all(
    Array.from({ length: 1_100 }, (_, index) =>
      login('alice', 'secret', { source: `10.0.${index >> 8}.${index & 255}` }),
    ),
  );
  const results = replies.map(({ result }) => result);
  const busy = results.filter((result) => result === 'busy').length;
  t.ok(busy > 0 && busy <= 100, `${busy}`);
  t.equal(results.filter((result) => result === 'ok').length, 1_100 - busy);
  t.equal(keeper.isBanned('10.0.4.75'), false);
});

t.test('until the accounts have come, logins wait', async (t) => {
  const { logins, login } = setUp(t, null);
  let isAnswered = false;
  const reply = login('alice', 'secret').then((said) => {
    isAnswered = true;
    return said;
  });
  await turn();
  t.equal(isAnswered, false);
  logins.useAccounts([alice]);
  t.match(await reply, { result: 'ok' });
  logins.useAccounts([]);
  t.same(await login('alice', 'secret'), failed, 'they are swapped whole');
});

t.test('databases come after the files; one that cannot be asked says so', async (t) => {
  const folder = t.testdir({ 'accounts.db': 'this is no database '.repeat(100) });
  const { login, rejected } = setUp(t, [alice], [join(folder, 'missing.db'), join(folder, 'accounts.db')]);
  await turn();
  t.match(rejected, [/accounts\.db: cannot be used: /]);
  t.equal(rejected.length, 1, 'one that is not there yet is none');
  t.match(await login('alice', 'secret'), { result: 'ok' });
  await t.rejects(login('bob', 'secret'), { message: /^accounts cannot be asked: .*accounts\.db/ });
  t.notMatch(await login('bob', 'hunter2').catch(String), 'hunter2');
  t.match(await login('alice', 'secret'), { result: 'ok' }, 'who is in a file is not affected');
});
