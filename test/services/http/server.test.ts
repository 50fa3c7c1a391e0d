import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';

import t, { type Test } from 'tap';

import type { Exchange, Route } from '../../../src/services/http/route.ts';
import type { Peer } from '../../support/dial.ts';
import { serveRoutes, type ServeRouteOptions } from '../../support/exchange.ts';

/** Says what was asked. */
const telling: Route = {
  async handle({ request, response, path }) {
    let length = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) length += chunk.length;
    response.setHeader('Content-Type', 'text/plain').end(`${request.method} ${path} ${length}\n`);
  },
};

async function open(t: Test, route: Route = telling, options: ServeRouteOptions = {}): Promise<Peer> {
  const served = await serveRoutes(t, { '/': route }, options);
  const { peer } = await served.connect();
  return peer;
}

/** The answer without the headers that are always there. */
async function answerTo(peer: Peer, ...lines: string[]): Promise<string> {
  await peer.write(lines.join('\r\n'));
  return restOf(peer);
}

async function restOf(peer: Peer): Promise<string> {
  const rest = (await peer.rest()).toString('latin1');
  peer.end();
  return rest;
}

function statusOf(answer: string): string {
  return answer.slice(0, answer.indexOf('\r\n')).replace('HTTP/1.1 ', '');
}

t.test('answers request after request on one connection, in order, also when they come ahead', async (t) => {
  let open_ = 0;
  let most = 0;
  const slowFirst: Route = {
    async handle({ response, path }) {
      most = Math.max(most, ++open_);
      for (let i = path === '/1' ? 20 : 1; i > 0; i -= 1) await turn();
      open_ -= 1;
      response.end(path);
    },
  };
  const peer = await open(t, slowFirst);
  const requests = [1, 2, 3].map(
    (n) => `GET /${n} HTTP/1.1\r\nHost: a\r\n${n === 3 ? 'Connection: close\r\n' : ''}\r\n`,
  );
  const answer = await answerTo(peer, requests.join(''));
  t.same(answer.match(/^\/\d/gm) ?? answer.match(/\/\d(?=HTTP|$)/g), ['/1', '/2', '/3']);
  t.equal(most, 1, 'one at a time');
});

t.test('refuses what is no request', async (t) => {
  const cases: readonly (readonly [status: string, request: string, why: string])[] = [
    ['400 Bad Request', 'GET / HTTP/1.1\nHost: a\n\n', 'bare LF'],
    ['400 Bad Request', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n', 'obs-fold'],
    ['400 Bad Request', 'GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n', 'space before the colon'],
    ['400 Bad Request', 'GET / HTTP/1.1\r\n\r\n', 'no Host'],
    ['400 Bad Request', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 'two Hosts'],
    ['400 Bad Request', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 'no host name'],
    ['400 Bad Request', 'GET / HTTP/1.1\r\nHost: user@a\r\n\r\n', 'a user in Host'],
    ['400 Bad Request', 'GET a/b HTTP/1.1\r\nHost: a\r\n\r\n', 'no target'],
    ['400 Bad Request', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', 'a fragment'],
    ['400 Bad Request', 'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n', 'a bad escape'],
    ['400 Bad Request', 'GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n', 'NUL'],
    ['400 Bad Request', 'GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n', 'a user in the target'],
    ['404 Not Found', 'GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n', 'an encoded slash'],
    [
      '400 Bad Request',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'both',
    ],
    [
      '400 Bad Request',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      'two lengths',
    ],
    ['400 Bad Request', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na', 'a sign'],
    [
      '501 Not Implemented',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      'an unknown coding',
    ],
    [
      '501 Not Implemented',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      'two codings',
    ],
    ['400 Bad Request', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'chunked over HTTP/1.0'],
    ['400 Bad Request', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'a bad chunk'],
    [
      '400 Bad Request',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n',
      'chunks with bare LF',
    ],
    ['417 Expectation Failed', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n', 'an unknown expectation'],
    ['405 Method Not Allowed', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n', 'CONNECT'],
    ['405 Method Not Allowed', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 'TRACE'],
    ['400 Bad Request', 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 'an unknown method'],
    ['505 HTTP Version Not Supported', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 'another version'],
    ['505 HTTP Version Not Supported', 'GET /\r\n\r\n', 'HTTP/0.9'],
    [
      '431 Request Header Fields Too Large',
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(16_384)}\r\n\r\n`,
      'a long header',
    ],
    ['431 Request Header Fields Too Large', `GET /${'x'.repeat(16_384)} HTTP/1.1\r\nHost: a\r\n\r\n`, 'a long target'],
    [
      '431 Request Header Fields Too Large',
      `GET / HTTP/1.1\r\nHost: a\r\n${'X: a\r\n'.repeat(256)}\r\n`,
      'too many fields',
    ],
    ['200 OK', `GET / HTTP/1.1\r\nHost: a\r\n${'X: a\r\n'.repeat(255)}\r\n`, 'as many as there may be'],
    ['200 OK', 'GET / HTTP/1.0\r\n\r\n', 'HTTP/1.0 without Host'],
    ['200 OK', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 'an empty Host'],
    ['200 OK', 'GET http://[::1]:80/ HTTP/1.1\r\nHost: a\r\n\r\n', 'an absolute target'],
    [
      '200 OK',
      'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n',
      'an upgrade that is not taken up',
    ],
    ['204 No Content', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 'OPTIONS for all of it'],
  ];
  const served = await serveRoutes(t, { '/': telling });
  for (const [status, request, why] of cases) {
    const { peer } = await served.connect();
    await peer.write(request);
    peer.end();
    t.equal(statusOf(await restOf(peer)), status, why);
  }
  t.same(served.failures, []);
});

t.test('a header of 16 KB is taken, one byte more is not', async (t) => {
  // The parser counts the target, the names and the values.
  const request = (bytes: number): string =>
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(bytes - 7)}\r\nConnection: close\r\n\r\n`;
  const served = await serveRoutes(t, { '/': telling });
  const statusWith = async (bytes: number): Promise<string> => {
    const { peer } = await served.connect();
    return statusOf(await answerTo(peer, request(bytes)));
  };
  const most = 16_384 - 'Connectionclose'.length - 1;
  t.equal(await statusWith(most), '200 OK');
  t.equal(await statusWith(most + 1), '431 Request Header Fields Too Large');
});

t.test('ends with 408 a header that is not whole in time', async (t) => {
  const settings = { header_timeout: '50ms' };
  const peer = await open(t, telling, { settings });
  const answer = await answerTo(peer, 'GET / HTTP/1.1', 'Host: a', '');
  t.equal(statusOf(answer), '408 Request Timeout');
  const silent = await open(t, telling, { settings });
  t.equal(statusOf(await restOf(silent)), '408 Request Timeout', 'also one that has not begun');
  const second = await open(t, telling, { settings });
  await second.write('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET ');
  t.match(await restOf(second), /^HTTP\/1\.1 200 OK.*HTTP\/1\.1 408 Request Timeout/s, 'and a second one');
});

t.test('ends a connection that has no next request', async (t) => {
  const peer = await open(t, telling, { settings: { keep_alive: '20ms' } });
  const answer = await answerTo(peer, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  t.match(answer, /^HTTP\/1\.1 200 OK.*GET \/ 0\n$/s);
});

t.test('answers so many requests on one connection and no more', async (t) => {
  const peer = await open(t, telling, { settings: { max_requests: 2 } });
  const answer = await answerTo(peer, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
  t.equal(answer.match(/GET \/ 0/g)?.length, 2);
  t.match(answer, /Connection: close.*GET \/ 0\n$/s);
});

t.test('takes 101 requests ahead of their answers, and no more', async (t) => {
  const gate = Promise.withResolvers<void>();
  const gated: Route = {
    async handle({ response }) {
      await gate.promise;
      response.end('answered');
    },
  };
  const peer = await open(t, gated);
  await peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(150));
  await peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(150));
  gate.resolve();
  const answer = await restOf(peer);
  t.equal(answer.match(/answered/g)?.length, 101);
});

t.test('answers what came before something that is no request', async (t) => {
  const slow: Route = {
    async handle({ response }) {
      await turn();
      response.end('answered');
    },
  };
  const peer = await open(t, slow);
  const answer = await answerTo(peer, 'GET / HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n');
  t.match(answer, /^HTTP\/1\.1 200 OK.*answeredHTTP\/1\.1 400 Bad Request/s);
  const closing = await open(t, slow);
  const last = await answerTo(
    closing,
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n',
  );
  t.match(last, /^HTTP\/1\.1 200 OK[^]*answered$/);
});

t.test('nothing is looked at behind a request that asks for another protocol', async (t) => {
  const peer = await open(t, telling);
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
  await peer.write(
    `GET /1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: ${smuggled.length}\r\n\r\n`,
  );
  await peer.write(smuggled);
  const answer = await restOf(peer);
  t.match(answer, /^HTTP\/1\.1 200 OK.*Connection: close.*GET \/1 0\n$/s);
});

t.test('sends 100 Continue when the body is read, and not before', async (t) => {
  const choosy: Route = {
    async handle(exchange) {
      if (exchange.path === '/no') return void exchange.response.writeHead(403, { 'Content-Length': 2 }).end('no');
      await telling.handle(exchange);
    },
  };
  const peer = await open(t, choosy);
  await peer.write('POST /yes HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
  t.equal((await peer.bytes(25)).toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
  await peer.write('abcPOST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
  t.match(await restOf(peer), /^HTTP\/1\.1 200 OK.*POST \/yes 3\nHTTP\/1\.1 403 Forbidden.*Connection: close.*no$/s);
});

t.test('an answer is not lost by a peer that is still sending', async (t) => {
  const refusing: Route = {
    async handle() {
      const { HttpError } = await import('../../../src/services/http/route.ts');
      throw new HttpError(413, 'Too large.');
    },
  };
  const peer = await open(t, refusing);
  await peer.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n');
  const answer = restOf(peer);
  await peer.write(Buffer.alloc(1 << 20));
  t.match(await answer, /^HTTP\/1\.1 413 .*Connection: close.*Too large\./s);
});

t.test('answers a peer that has ended its direction', async (t) => {
  const peer = await open(t, telling);
  await peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  peer.end();
  t.match(await restOf(peer), /GET \/ 0\n$/);
});

t.test('a route hears that the peer has left', async (t) => {
  const left = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const waiting: Route = {
    async handle({ signal }: Exchange) {
      begun.resolve();
      await once(signal, 'abort');
      left.resolve();
    },
  };
  const peer = await open(t, waiting);
  await peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await begun.promise;
  peer.reset();
  await left.promise;
  t.pass('by a reset');
});

t.test('a route hears of the end of the session', async (t) => {
  const reasons: unknown[] = [];
  const begun = Promise.withResolvers<void>();
  const waiting: Route = {
    async handle({ signal, response }: Exchange) {
      begun.resolve();
      await once(signal, 'abort');
      reasons.push(signal.reason);
      response.end('sorry');
    },
  };
  const served = await serveRoutes(t, { '/': waiting });
  const { peer, session, ended } = await served.connect();
  await peer.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await begun.promise;
  session.abort('kick');
  t.match(await restOf(peer), /sorry$/, 'and can say so');
  peer.end();
  t.equal(await ended, 'kick');
  t.same(reasons, ['kick']);
});

t.test('while the worker drains', async (t) => {
  t.test('an answer under way is the last', async (t) => {
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const gated: Route = {
      async handle({ response }) {
        begun.resolve();
        await gate.promise;
        response.end('answered');
      },
    };
    const served = await serveRoutes(t, { '/': gated });
    const { peer } = await served.connect();
    await peer.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await begun.promise;
    served.context.drain();
    gate.resolve();
    t.match(await restOf(peer), /Connection: close.*answered$/s);
  });
  t.test('connections that wait for a request end, after what is on its way', async (t) => {
    const served = await serveRoutes(t, { '/': telling });
    const { peer: quiet } = await served.connect();
    const { peer: late } = await served.connect();
    served.context.drain();
    await late.write('GET /late HTTP/1.1\r\nHost: a\r\n\r\n');
    t.match(await restOf(late), /Connection: close.*GET \/late 0\n$/s);
    t.equal(await restOf(quiet), '');
  });
});
