import t from 'tap';

import type { Credentials } from '../../src/contract/account.ts';
import type { Json } from '../../src/contract/bus.ts';
import type { ServicePlan } from '../../src/contract/plan.ts';
import type { AuthenticateRequest } from '../../src/contract/registry.ts';
import { createBanList } from '../../src/listeners/ban-list.ts';
import { createAuthenticate, type Authenticate } from '../../src/worker/authenticate.ts';
import { servicePlan } from '../support/plans.ts';

interface Bench {
  readonly asked: AuthenticateRequest[];
  /** Each outcome, with the name that the peer gave. */
  readonly events: string[];
  login(credentials: Credentials, address?: string): ReturnType<Authenticate>;
}

function setUp(reply: Json | (() => Promise<Json>), more: Partial<ServicePlan> = {}, banned: string[] = []): Bench {
  const asked: AuthenticateRequest[] = [];
  const events: string[] = [];
  const authenticate = createAuthenticate({
    plan: servicePlan({ name: 'mail', type: 'smtp', ...more }),
    async ask(request) {
      asked.push(request);
      return typeof reply === 'function' ? await reply() : reply;
    },
    bans: createBanList(banned.map((source) => ({ source, until: null, reason: 'manual', service: null, since: 1 }))),
    events: { authenticated: (result, _session, account) => void events.push(`${result} ${account}`) },
  });
  const local = { address: '127.0.0.1', port: 25, family: 'IPv4' } as const;
  return {
    asked,
    events,
    login: (credentials, address = '192.0.2.1') =>
      authenticate({ id: 'abcdefghjkmn', peer: { address, port: 4_000, family: 'IPv4' }, local }, credentials),
  };
}

const password = { name: 'alice', password: 'secret' };
const key = { name: 'alice', key: 'ssh-ed25519 AAAA' };
const account = { name: 'alice', home: '/h', services: null, permissions: [], quota: null, mail: [] };
const ok = { result: 'ok', account };

t.test('asks the registry, with what this service allows', async (t) => {
  const { login, asked, events } = setUp(ok);
  t.same(await login(password), account);
  t.same(asked, [
    {
      what: 'authenticate',
      service: 'mail',
      type: 'smtp',
      source: '192.0.2.1',
      credentials: password,
      limits: { authFailures: { count: 10, window: 600_000 }, ban: 600_000 },
    },
  ]);
  t.same(events, ['ok alice']);
});

t.test('each outcome is one event', async (t) => {
  const failed = setUp({ result: 'failed' });
  t.equal(await failed.login(password), null);
  t.same(failed.events, ['failed alice']);
  const banned = setUp({ result: 'banned' });
  t.equal(await banned.login(password), null);
  t.same(banned.events, ['banned alice']);
});

t.test('who is banned is not even asked about', async (t) => {
  const { login, asked, events } = setUp(ok, {}, ['192.0.2.1', '2001:db8:0:0::/64']);
  t.equal(await login(password), null);
  t.equal(await login(password, '::ffff:192.0.2.1'), null);
  t.equal(await login(password, '2001:db8::5'), null);
  t.same(asked, []);
  t.same(events, ['banned alice', 'banned alice', 'banned alice']);
  t.same(await login(password, '192.0.2.2'), account);
});

t.test('unless somebody in that network may be exempt, which the registry knows', async (t) => {
  const access = { ...servicePlan().access, neverBan: ['2001:db8::5'] };
  const { login, asked } = setUp(ok, { access }, ['2001:db8:0:0::/64']);
  t.same(await login(password, '2001:db8::5'), account);
  t.equal(asked.length, 1);
});

t.test('that a key would do is no login yet, that it would not no failure', async (t) => {
  const would = setUp(ok);
  t.same(await would.login({ ...key, proven: false }), account);
  t.same(would.events, []);
  t.same(await would.login({ ...key, proven: true }), account);
  t.same(would.events, ['ok alice']);
  const not = setUp({ result: 'failed' });
  t.equal(await not.login({ ...key, proven: false }), null);
  t.same(not.events, []);
  const banned = setUp({ result: 'banned' });
  t.equal(await banned.login({ ...key, proven: false }), null);
  t.same(banned.events, ['banned alice'], 'a ban is');
});

t.test('no answer tells nothing about the credentials', async (t) => {
  const busy = { message: 'logins cannot be checked just now' };
  for (const reply of [null, { result: 'busy' }, 'accounts cannot be asked: /etc/accounts.db is gone'] as const) {
    const { login, events } = setUp(reply);
    await t.rejects(login(password), busy, 'a peer may be told so much');
    t.same(events, []);
  }
  const reason = await setUp('the database is gone')
    .login(password)
    .catch((error: unknown) => error);
  t.match((reason as Error).cause, { message: 'the database is gone' }, 'the log is told more');
  t.equal((reason as Error).stack, undefined, 'but not where in our code it came to light');
});

t.test('too many who ask are an error like any other', async (t) => {
  const { login } = setUp(() => Promise.reject(new Error('1000 are waiting')));
  await t.rejects(login(password), { message: '1000 are waiting' });
});

t.test('of a megabyte no more goes on than could be right', async (t) => {
  const { login, asked } = setUp({ result: 'failed' });
  const long = 'x'.repeat(1_000_000);
  await login({ name: long, password: long });
  await login({ name: long, key: long, proven: true });
  t.same(
    asked.map(({ credentials }) => credentials),
    [
      { name: 'x'.repeat(256), password: 'x'.repeat(16_384) },
      { name: 'x'.repeat(256), key: 'x'.repeat(16_384), proven: true },
    ],
  );
});

t.test('what is no text is the caller’s mistake', async (t) => {
  const { login, asked } = setUp({ result: 'failed' });
  const given = (credentials: object): Promise<unknown> => login(credentials as typeof password);
  await t.rejects(given({ name: undefined, password: 'x' }), {
    name: 'TypeError',
    message: /expected a name that is a text/,
  });
  await t.rejects(given({ name: 'alice', password: 5 }), {
    name: 'TypeError',
    message: /expected a password that is a text/,
  });
  await t.rejects(given({ name: 'alice', key: null, proven: true }), { message: /expected a key that is a text/ });
  t.same(asked, []);
});
