import t from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import { NotServed, readWorkerRequest } from '../../src/master/registry-request.ts';
import { servicePlan } from '../support/plans.ts';
import { loginRequest } from '../support/registry.ts';
import { itemIdOf, newItem } from '../support/spool.ts';

const { limits } = servicePlan();
const login = loginRequest({ limits: { authFailures: limits.authFailures, ban: limits.ban } });
const services = [servicePlan({ name: 'echo' }), servicePlan({ name: 'trap', sensor: true })];
const key = { name: 'alice', key: 'ssh-ed25519 AAAA', proven: false } as const;
const touch = { what: 'sensor', service: 'trap', source: '192.0.2.1', ban: 600_000 };

t.test('takes what workers ask', async (t) => {
  for (const request of [
    login,
    { ...login, credentials: key },
    { ...login, credentials: { name: '', password: '' } },
    { ...login, credentials: { name: 'x'.repeat(1024), password: 'x'.repeat(65_536) } },
    { ...login, source: '2001:db8::1' },
    { ...login, source: '' },
    touch,
    { what: 'mailboxes', addresses: [] },
    { what: 'mailboxes', addresses: Array<string>(1_000).fill('x'.repeat(1_024)) },
    { ...touch, source: '::1' },
    { what: 'enqueue', items: [newItem(itemIdOf('a'), ['archive'])] },
  ])
    t.same(readWorkerRequest(request as unknown as Json, services), request, JSON.stringify(request).slice(0, 200));
});

t.test('hands on what is in the plan, and nothing else that was said', async (t) => {
  for (const [said, expected] of [
    [{ ...login, type: `/${'x'.repeat(4096)}` }, login],
    [{ ...login, limits: { authFailures: { count: 1_000_000, window: 0 }, ban: 0 } }, login],
    [{ ...login, result: 'ok', __proto__: null }, login],
    [{ ...login, credentials: { ...login.credentials, proven: true } }, login],
    [
      { ...login, credentials: { ...key, password: 'secret' } },
      { ...login, credentials: key },
    ],
    [{ ...touch, ban: 1_000 * 366 * 86_400_000 }, touch],
    [{ ...touch, ban: 0, duration: null }, touch],
    [
      { what: 'mailboxes', addresses: ['a@b.example'], source: '192.0.2.1' },
      { what: 'mailboxes', addresses: ['a@b.example'] },
    ],
  ] as const)
    t.strictSame(readWorkerRequest(said as unknown as Json, services), expected, JSON.stringify(said).slice(0, 200));
});

t.test('a service that is not served by who asks is told apart from what nobody may ask', async (t) => {
  for (const said of [login, touch])
    for (const served of [[], [servicePlan({ name: 'Echo' }), servicePlan({ name: 'trap ' })]])
      t.throws(() => readWorkerRequest(said as unknown as Json, served), NotServed);
  const name = `\u001b${'x'.repeat(1_023)}`;
  t.throws(() => readWorkerRequest({ ...touch, service: name }, services), {
    name: 'NotServed',
    message: `no service "\\u001b${'x'.repeat(63)}" is served by who asks`,
  });
  t.match(readWorkerRequest({ what: 'mailboxes', addresses: [] }, []), { what: 'mailboxes' }, 'that needs no service');
});

t.test('throws for everything else: whoever asks that was taken over', async (t) => {
  for (const said of [
    null,
    7,
    'bans',
    [],
    {},
    { what: 'bans' },
    { what: 'mailboxes' },
    { what: 'mailboxes', addresses: [7] },
    { what: 'mailboxes', addresses: Array<string>(1_001).fill('a@b') },
    { what: 'mailboxes', addresses: ['x'.repeat(1_025)] },
    { what: 'ban', source: '192.0.2.1', duration: null },
    { what: 'unban', source: '192.0.2.1' },
    { what: 'journal', query: { since: 0, limit: 1 } },
    { what: 'renew', names: [] },
    { what: 'toString' },
    { ...login, service: null },
    { ...login, service: 'x'.repeat(1025) },
    { ...login, type: 5 },
    { ...login, source: 'somewhere' },
    { ...login, source: '192.0.2.0/24' },
    { ...login, source: null },
    { ...login, credentials: null },
    { ...login, credentials: { name: 'alice' } },
    { ...login, credentials: { name: 5, password: 'x' } },
    { ...login, credentials: { name: 'x'.repeat(1025), password: 'x' } },
    { ...login, credentials: { name: 'alice', password: 'x'.repeat(65_537) } },
    { ...login, credentials: { name: 'alice', password: {} } },
    { ...login, credentials: { ...key, key: 7 } },
    { ...login, credentials: { ...key, proven: 'yes' } },
    { ...login, limits: null },
    { ...login, limits: { ...limits, authFailures: null } },
    { ...login, limits: { ...limits, authFailures: { count: 0, window: 1 } } },
    { ...login, limits: { ...limits, authFailures: { count: 1.5, window: 1 } } },
    { ...login, limits: { ...limits, authFailures: { count: 1_000_001, window: 1 } } },
    { ...login, limits: { ...limits, authFailures: { count: 1, window: '1' } } },
    { ...login, limits: { ...limits, ban: -1 } },
    // No date would come of it.
    { ...touch, ban: 1e17 },
    { ...touch, ban: 'long' },
    { ...touch, ban: null },
    { ...touch, source: 'anybody' },
    { ...touch, service: {} },
  ])
    t.throws(
      () => readWorkerRequest(said as unknown as Json, services),
      { message: 'expected a question that workers may ask the registry' },
      JSON.stringify(said).slice(0, 200),
    );
});
