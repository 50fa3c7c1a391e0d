import t from 'tap';

import type { Endpoint } from '../../../../src/contract/endpoint.ts';
import type { TlsInfo } from '../../../../src/contract/session.ts';
import { metaVariables } from '../../../../src/services/http/gateway/meta-variables.ts';
import type { Exchange } from '../../../../src/services/http/route.ts';

interface Scene {
  readonly peer?: Endpoint;
  readonly local?: Endpoint;
  readonly tls?: Partial<TlsInfo> | null;
  readonly host?: string | null;
  readonly account?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly length?: number | null;
}

const tcp = (address: string, port: number): Endpoint => ({
  address,
  port,
  family: address.includes(':') ? 'IPv6' : 'IPv4',
});
const unix: Endpoint = { address: '', port: 0, family: 'unix' };

function variablesIn(scene: Scene): Record<string, string> {
  const { headers = {}, account } = scene;
  const exchange = {
    request: { method: 'POST', url: '/a/b?c', httpVersion: '1.1', headers, rawHeaders: Object.entries(headers).flat() },
    session: {
      id: 'abcdefghijkl',
      peer: scene.peer ?? tcp('192.0.2.1', 40_000),
      local: scene.local ?? tcp('192.0.2.2', 80),
      tls: scene.tls ?? null,
    },
    host: scene.host ?? null,
    query: 'c',
    account: account === undefined ? null : { name: account },
  } as unknown as Exchange;
  const place = { scriptName: '/a', pathInfo: '/b', file: '/srv/a', documentRoot: '/srv' };
  return metaVariables({ exchange, place, length: scene.length ?? null, passAuthorization: true });
}

t.test('the server is who the peer says, if that is a name', async (t) => {
  const cases: [string | null, string][] = [
    ['example.com', 'example.com'],
    ['example.com:8080', 'example.com'],
    ['[::1]:8080', '[::1]'],
    ['a b', '192.0.2.2'],
    ['$(id)', '192.0.2.2'],
    [null, '192.0.2.2'],
  ];
  for (const [host, name] of cases)
    t.match(variablesIn({ host }), { SERVER_NAME: name, SERVER_PORT: '80' }, String(host));
  t.match(variablesIn({ local: tcp('::1', 8080) }), { SERVER_NAME: '[::1]', SERVER_ADDR: '::1', SERVER_PORT: '8080' });
});

t.test('on a unix socket', async (t) => {
  const variables = variablesIn({ peer: unix, local: { ...unix, address: '/run/web.sock' } });
  t.match(variables, { SERVER_NAME: 'localhost', SERVER_PORT: '80', REMOTE_ADDR: 'unix:', SERVER_ADDR: 'unix:' });
  t.notOk('REMOTE_PORT' in variables);
});

t.test('with TLS', async (t) => {
  const tls = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', subject: 'CN=alice' };
  t.match(variablesIn({ tls }), {
    HTTPS: 'on',
    REQUEST_SCHEME: 'https',
    SSL_PROTOCOL: 'TLSv1.3',
    SSL_CIPHER: 'TLS_AES_256_GCM_SHA384',
    SSL_CLIENT_VERIFY: 'SUCCESS',
    SSL_CLIENT_S_DN: 'CN=alice',
  });
  t.notOk('SSL_CLIENT_S_DN' in variablesIn({ tls: { ...tls, subject: null } }));
  t.notOk('HTTPS' in variablesIn({}));
});

t.test('who has logged in here is named, and what they have shown is not passed on', async (t) => {
  const headers = { Authorization: 'Basic YTpi' };
  t.match(variablesIn({ headers }), { HTTP_AUTHORIZATION: 'Basic YTpi' });
  const variables = variablesIn({ headers, account: 'alice' });
  t.match(variables, { AUTH_TYPE: 'Basic', REMOTE_USER: 'alice' });
  t.notOk('HTTP_AUTHORIZATION' in variables);
});

t.test('type and length of a body, where there is one', async (t) => {
  const headers = { 'content-type': 'text/plain' };
  t.match(variablesIn({ headers, length: 5 }), { CONTENT_LENGTH: '5', CONTENT_TYPE: 'text/plain' });
  const without = variablesIn({ headers, length: null });
  t.notOk('CONTENT_LENGTH' in without || 'CONTENT_TYPE' in without);
});
