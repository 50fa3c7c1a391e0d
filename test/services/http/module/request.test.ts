import type { IncomingMessage } from 'node:http';

import t from 'tap';

import type { Account } from '../../../../src/contract/account.ts';
import { createAppRequest } from '../../../../src/services/http/module/request.ts';
import type { Exchange } from '../../../../src/services/http/route.ts';
import { createFakeSession } from '../../../support/fake-session.ts';

interface Given {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string | null;
  readonly host?: string | null;
  readonly account?: Account | null;
  readonly rawHeaders?: readonly string[];
  readonly tls?: boolean;
}

function requestOf(given: Given = {}): Request {
  const { method = 'GET', path = '/', query = null, host = 'example.com', account = null, rawHeaders = [] } = given;
  const { session } = createFakeSession(
    given.tls === true
      ? { tls: { protocol: 'TLSv1.3', cipher: '', serverName: null, subject: null, isLegacy: false, isResumed: false } }
      : {},
  );
  const headers = Object.fromEntries(
    rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1]]] : [])),
  ) as Record<string, string>;
  const exchange = {
    request: { method, rawHeaders, headers } as unknown as IncomingMessage,
    session,
    path,
    query,
    host,
    account,
    signal: new AbortController().signal,
  } as unknown as Exchange;
  return createAppRequest(exchange, 1000).request;
}

t.test('the URL is what the route was found by', async (t) => {
  for (const [given, url] of [
    [{}, 'http://example.com/'],
    [{ tls: true }, 'https://example.com/'],
    [{ host: 'example.com:8080', path: '/a/b', query: 'c=d&e' }, 'http://example.com:8080/a/b?c=d&e'],
    [{ query: '' }, 'http://example.com/'],
    [{ host: '[::1]:80' }, 'http://[::1]/'],
    [{ host: null }, 'http://127.0.0.1:2000/'],
    [{ path: '/a b/ä' }, 'http://example.com/a%20b/%C3%A4'],
    [{ path: '/a?b#c' }, 'http://example.com/a%3Fb%23c'],
    [{ path: '/a%2e%2e/b' }, 'http://example.com/a%252e%252e/b'],
    [{ path: '/a\\..\\b' }, 'http://example.com/a%5C..%5Cb'],
    [{ path: '//evil.example/' }, 'http://example.com//evil.example/'],
    [{ path: '/a\t\n' }, 'http://example.com/a%09%0A'],
    [{ path: "/:@!$&'()*+,;=~" }, "http://example.com/:@!$&'()*+,;=~"],
    [{ path: '/\ud800' }, 'http://example.com/%EF%BF%BD'],
    [{ query: 'a=#b' }, 'http://example.com/?a=%23b'],
  ] as const)
    t.equal(requestOf(given).url, url, JSON.stringify(given));
});

t.test('a host that is none', async (t) => {
  for (const host of ['a b', 'x:99999', '[::', '%'])
    t.throws(() => requestOf({ host }), { name: 'HttpError', status: 400 }, host);
});

t.test('headers come as they were sent', async (t) => {
  const { headers } = requestOf({ rawHeaders: ['Host', 'x', 'X-A', '1', 'x-a', '2', 'Cookie', 'a=1', 'X-L', '\xe4'] });
  t.same(
    [...headers],
    [
      ['cookie', 'a=1'],
      ['host', 'x'],
      ['x-a', '1, 2'],
      ['x-l', '\xe4'],
    ],
  );
});

t.test('bodies', async (t) => {
  for (const [method, header, value, hasBody] of [
    ['POST', 'Content-Length', '5', true],
    ['POST', 'Transfer-Encoding', 'chunked', true],
    ['DELETE', 'Content-Length', '5', true],
    ['POST', 'Content-Length', '0', false],
    ['POST', 'X', 'y', false],
    ['GET', 'Content-Length', '5', false],
    ['HEAD', 'Content-Length', '5', false],
  ] as const)
    t.equal(requestOf({ method, rawHeaders: [header, value] }).body !== null, hasBody, `${method} ${header}: ${value}`);
  t.doesNotThrow(() => requestOf({ method: 'POST', rawHeaders: ['Content-Length', '1000'] }));
  t.throws(() => requestOf({ method: 'POST', rawHeaders: ['Content-Length', '1001'] }), {
    name: 'HttpError',
    status: 413,
  });
});
