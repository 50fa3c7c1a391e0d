import t from 'tap';

import type { Account } from '../../../src/contract/account.ts';
import type { Endpoint } from '../../../src/contract/endpoint.ts';
import type { TlsInfo } from '../../../src/contract/session.ts';
import { createGuard, createKnownLogins, parseBasic, type Access } from '../../../src/services/http/basic-auth.ts';
import { createFakeSession, type FakeSession } from '../../support/fake-session.ts';

const alice: Account = { name: 'alice', home: '/home/alice', services: null, permissions: [], quota: null, mail: [] };
const bob: Account = { ...alice, name: 'bob' };

function header(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

t.test('reads names and passwords', async (t) => {
  const cases: readonly (readonly [header: string, name: string | null, password?: string])[] = [
    [header('alice:secret'), 'alice', 'secret'],
    [header('alice:with:colons'), 'alice', 'with:colons'],
    [header('alice:'), 'alice', ''],
    [header('älice:pässword'), 'älice', 'pässword'],
    ['basic YTpi', 'a', 'b'],
    ['BASIC   YTpi', 'a', 'b'],
    [header(':secret'), null],
    [header('alice'), null],
    [header('alice:se\0cret'), null],
    [header('al\nice:secret'), null],
    ['Basic', null],
    ['Basic ', null],
    ['Basic YTpi YTpi', null],
    ['Basic YT-i', null],
    ['Bearer YTpi', null],
    [`Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`, null],
  ];
  for (const [text, name, password = ''] of cases) {
    t.same(parseBasic(text), name === null ? null : { name, password }, text);
  }
});

interface Visit extends Partial<Access> {
  readonly authorization?: string;
  readonly peer?: string;
  readonly isTls?: boolean;
}

/** The account, or the status and sentence of the refusal. */
async function visit(
  { authorization, peer = '127.0.0.1', isTls = false, accounts = 'any', insecure = false }: Visit,
  session?: FakeSession,
): Promise<string> {
  const family: Endpoint['family'] = peer === '' ? 'unix' : peer.includes(':') ? 'IPv6' : 'IPv4';
  const tls: TlsInfo | null = isTls
    ? { protocol: 'TLSv1.3', cipher: '', serverName: null, subject: null, isLegacy: false, isResumed: false }
    : null;
  const of = session ?? createFakeSession({ peer: { address: peer, port: 1, family }, tls, authenticate: whoIs });
  const guard = createGuard({ accounts, insecure }, 'files "here"\n', createKnownLogins());
  try {
    const { name } = await guard!(of.session, { headers: { authorization } } as never);
    return name;
  } catch (error) {
    const { status, message, headers } = error as { status: number; message: string; headers: object };
    return `${status} ${message} ${JSON.stringify(headers)}`;
  }
}

function whoIs(credentials: { name: string; password?: string }): Account | null {
  if (credentials.name === 'trouble') throw new Error('the registry is away');
  if (credentials.password !== 'secret') return null;
  return [alice, bob].find(({ name }) => name === credentials.name) ?? null;
}

t.test('lets in who may come, and tells the others why not', async (t) => {
  const challenge = JSON.stringify({ 'WWW-Authenticate': 'Basic realm="files \\"here\\"", charset="UTF-8"' });
  const right = header('alice:secret');
  const clear = '403 Passwords are not taken over a connection without TLS. {}';
  const cases: readonly (readonly [visit: Visit, outcome: string])[] = [
    [{ authorization: right }, 'alice'],
    [{}, `401 Log in to see this. ${challenge}`],
    [{ authorization: header('alice:wrong') }, `401 The name or the password is wrong. ${challenge}`],
    [{ authorization: header('nobody:secret') }, `401 The name or the password is wrong. ${challenge}`],
    [{ authorization: 'Bearer x' }, `401 The name or the password is wrong. ${challenge}`],
    [{ authorization: right, accounts: ['alice'] }, 'alice'],
    [{ authorization: header('bob:secret'), accounts: ['alice'] }, '403 This is not for your account. {}'],
    [
      { authorization: header('trouble:x') },
      '503 Logins cannot be checked just now. Try again later. {"Retry-After":"5"}',
    ],
    [{ authorization: right, peer: '192.0.2.1' }, clear],
    [{ peer: '192.0.2.1' }, clear],
    [{ authorization: right, peer: '192.0.2.1', insecure: true }, 'alice'],
    [{ authorization: right, peer: '192.0.2.1', isTls: true }, 'alice'],
    [{ authorization: right, peer: '127.255.0.1' }, 'alice'],
    [{ authorization: right, peer: '::1' }, 'alice'],
    [{ authorization: right, peer: '::2' }, clear],
    [{ authorization: right, peer: '' }, 'alice'],
  ];
  for (const [given, outcome] of cases) t.equal(await visit(given), outcome, JSON.stringify(given));
});

t.test('asks nobody where no account is named', async (t) => {
  t.equal(createGuard({ insecure: false }, 'x', createKnownLogins()), null);
});

t.test('checks a password once for a connection, and again when it changes', async (t) => {
  const asked: string[] = [];
  const { session } = createFakeSession({
    authenticate(credentials) {
      asked.push(`${credentials.name}:${'password' in credentials ? credentials.password : ''}`);
      return whoIs(credentials);
    },
  });
  const logins = createKnownLogins();
  for (const text of ['alice:secret', 'alice:secret', 'bob:wrong', 'bob:wrong', 'bob:secret', 'bob:secret']) {
    await logins.check(session, header(text));
  }
  t.same(asked, ['alice:secret', 'bob:wrong', 'bob:wrong', 'bob:secret']);
  const other = createFakeSession({ authenticate: () => null });
  t.equal(await logins.check(other.session, header('bob:secret')), null, 'another connection is another one');
});
