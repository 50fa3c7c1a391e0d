import t from 'tap';

import { PeerError, TemporaryError } from '../../../src/contract/errors.ts';
import { createCounters } from '../../../src/logging/counters.ts';
import { readWholeBody } from '../../../src/services/http/body.ts';
import { HttpError, type Exchange, type Route, type RouteHost } from '../../../src/services/http/route.ts';
import { serveRoute, serveRoutes } from '../../support/exchange.ts';
import { createFakeContext } from '../../support/fake-context.ts';

const closing = { headers: { connection: 'close' }, redirect: 'manual' } as const;

t.test('gives a route what it has to know', async (t) => {
  const seen: unknown[] = [];
  const route: Route = {
    async handle({ route, path, rest, query, host, account, session, response }: Exchange) {
      seen.push({ route, path, rest, query, host, account, id: session.id.length });
      response.end();
    },
  };
  const { port } = await serveRoutes(t, { '/app/': route });
  await fetch(`http://127.0.0.1:${port}/app/a%20b/?c`, closing);
  const host = `127.0.0.1:${port}`;
  t.same(seen, [{ route: '/app/', path: '/app/a b/', rest: 'a b/', query: 'c', host, account: null, id: 12 }]);
});

t.test('leads to the slash, and says where nothing is', async (t) => {
  const { port } = await serveRoutes(t, { '/app/': { async handle() {} } });
  const url = `http://127.0.0.1:${port}`;
  const redirect = await fetch(`${url}/app?x=y`, closing);
  t.equal(redirect.status, 301);
  t.equal(redirect.headers.get('location'), './app/?x=y');
  t.equal((await fetch(`${url}/app`, { ...closing, method: 'POST' })).status, 308);
  t.equal((await fetch(`${url}/`, closing)).status, 404);
});

t.test('what goes wrong becomes a page that names the session', async (t) => {
  const context = createFakeContext();
  const errors: Record<string, unknown> = {
    gone: new HttpError(410, 'It was <here>.', { 'X-Why': 'moved' }),
    bug: new TypeError('a secret in a bug'),
    peer: new PeerError('nonsense came'),
    later: new TemporaryError('not now', 2_500),
    text: 'a thrown text',
  };
  const route: Route = {
    async handle({ rest, response }) {
      response.setHeader('Set-Cookie', 'half=done');
      if (rest === 'silent') return;
      throw errors[rest];
    },
  };
  const url = await serveRoute(t, route, { context });
  const ask = async (path: string, accept = '*/*') => {
    const response = await fetch(`${url}/${path}`, { headers: { ...closing.headers, accept } });
    const { status, headers } = response;
    return { status, type: headers.get('content-type'), body: await response.text(), headers };
  };
  const gone = await ask('gone');
  t.match(gone, {
    status: 410,
    type: 'text/plain; charset=utf-8',
    body: /^410 Gone\nIt was <here>\.\nSession \w{12}\n$/,
  });
  t.equal(gone.headers.get('x-why'), 'moved');
  t.equal(gone.headers.get('set-cookie'), null);
  const page = await ask('gone', 'text/html,*/*');
  t.match(page, {
    type: 'text/html; charset=utf-8',
    body: /<h1>410 Gone<\/h1>\n<p>It was &lt;here&gt;\.<\/p>\n<p>Session \w{12}/,
  });
  t.same(context.logs, [], 'that is no news');

  const bug = await ask('bug');
  t.equal(bug.status, 500);
  t.notMatch(bug.body, /secret|TypeError|at /);
  t.equal((await ask('peer')).status, 400);
  const later = await ask('later');
  t.equal(later.status, 503);
  t.equal(later.headers.get('retry-after'), '3');
  t.equal((await ask('text')).status, 500);
  t.equal((await ask('silent')).status, 500);
  t.match(context.logs, [
    {
      severity: 'err',
      fields: { event: 'service.error', error: 'a secret in a bug', stack: /TypeError.*\n.*at /, session: /\w{12}/ },
    },
    { severity: 'info', fields: { event: 'peer.error', error: 'nonsense came' } },
    { severity: 'err', fields: { event: 'service.error', error: 'a thrown text' } },
    { severity: 'err', fields: { event: 'service.error', error: 'the route / gave no whole answer' } },
  ]);
});

t.test('an answer that breaks off is seen to be broken', async (t) => {
  const route: Route = {
    async handle({ response }) {
      response.write('the first half');
      throw new Error('and no second');
    },
  };
  const url = await serveRoute(t, route);
  const response = await fetch(url, closing);
  await t.rejects(response.text());
});

t.test('hands on within the service, ten times at the most', async (t) => {
  const hops: string[] = [];
  const going = ({ redispatch }: RouteHost): Route => ({
    async handle(exchange) {
      hops.push(`${exchange.request.method} ${exchange.path}`);
      await redispatch(exchange, exchange.rest === 'loop' ? '/go/loop' : '/end/%20x/../y?z');
    },
  });
  const ending: Route = {
    async handle({ path, query, request, response }) {
      response.end(`${request.method} ${path} ${query}`);
    },
  };
  const { port } = await serveRoutes(t, { '/go/': going, '/end/': ending });
  const answer = await fetch(`http://127.0.0.1:${port}/go/x`, { ...closing, method: 'POST', body: 'x' });
  t.equal(await answer.text(), 'GET /end/y z');
  hops.length = 0;
  t.equal((await fetch(`http://127.0.0.1:${port}/go/loop`, closing)).status, 500);
  t.equal(hops.length, 11);
});

t.test('answers an authority that looks whether a name is ours, before any route', async (t) => {
  const context = createFakeContext({ acmeAnswer: (token) => (token === 'abc' ? 'abc.proof' : null) });
  const { port } = await serveRoutes(
    t,
    {
      '/': {
        async handle({ response }) {
          response.end('route');
        },
      },
    },
    { context },
  );
  const url = `http://127.0.0.1:${port}/.well-known/acme-challenge`;
  t.equal(await (await fetch(`${url}/abc`, closing)).text(), 'abc.proof');
  t.equal(await (await fetch(`${url}/other`, closing)).text(), 'route');
});

t.test('asks for accounts, and knows who has come', async (t) => {
  const account = { name: 'alice', home: '/', services: null, permissions: [], quota: null, mail: [] };
  const route: Route = {
    async handle({ account, response }) {
      response.end(account?.name);
    },
  };
  const url = await serveRoute(t, route, { accounts: ['alice'], authenticate: async () => account });
  const refused = await fetch(url, closing);
  t.equal(refused.status, 401);
  t.equal(refused.headers.get('www-authenticate'), 'Basic realm="test", charset="UTF-8"');
  const authorization = `Basic ${Buffer.from('alice:x').toString('base64')}`;
  t.equal(await (await fetch(url, { headers: { ...closing.headers, authorization } })).text(), 'alice');
});

t.test('counts and logs each request', async (t) => {
  const counters = createCounters();
  const context = createFakeContext({ metrics: counters });
  const route: Route = {
    async handle({ rest, response }) {
      if (rest === 'no') throw new HttpError(403, 'No.');
      response.end('hello');
    },
  };
  const settings = { access_log: true };
  const served = await serveRoutes(t, { '/a/': route }, { context, settings });
  const url = `http://127.0.0.1:${served.port}`;
  for (const path of ['/a/', '/a/no', '/none']) await (await fetch(`${url}${path}`, closing)).text();
  const { peer } = await served.connect();
  await peer.write('nonsense\r\n\r\n');
  await peer.rest();
  peer.end();
  await context.logged(/"-" 400/);

  const lines = context.logs.filter(({ fields }) => fields['event'] === 'http.request');
  t.match(
    lines.map(({ message }) => message.replace(/^.*\] /, '')),
    [
      /^"GET \/a\/ HTTP\/1\.1" 200 5 "-" /,
      /^"GET \/a\/no HTTP\/1\.1" 403 \d+ "-" /,
      /^"GET \/none HTTP\/1\.1" 404 \d+ "-" /,
      /^"-" 400 - "-" "-"$/,
    ],
  );
  const snapshot = counters.snapshot();
  const total = snapshot.find(({ name }) => name === 'portico_http_requests_total');
  t.same(
    total?.values.map(({ labels, value }) => [labels['service'], labels['route'], labels['code'], value]),
    [
      ['test', '/a/', '200', 1],
      ['test', '/a/', '403', 1],
      ['test', '', '404', 1],
      ['test', '', '400', 1],
    ],
  );
  const seconds = snapshot.find(({ name }) => name === 'portico_http_request_seconds');
  t.equal(
    seconds?.values.find(
      ({ metricName, labels }) => metricName?.endsWith('_count') === true && labels['route'] === '/a/',
    )?.value,
    2,
  );
});

t.test('takes bodies up to a limit', async (t) => {
  const route: Route = {
    async handle({ request, response }) {
      response.end(String((await readWholeBody(request, 10)).length));
    },
  };
  const url = await serveRoute(t, route);
  const post = (body: string | ReadableStream): Promise<Response> =>
    fetch(url, { ...closing, method: 'POST', body, duplex: 'half' });
  const streamed = (text: string) => new Blob([text]).stream();
  t.equal(await (await post('0123456789')).text(), '10');
  t.equal((await post('0123456789a')).status, 413);
  t.equal(await (await post(streamed('0123456789'))).text(), '10');
  t.equal((await post(streamed('0123456789a'))).status, 413);
});

t.test('stops the routes that were opened when one cannot be', async (t) => {
  const stopped: string[] = [];
  const one: Route = { async handle() {}, stop: () => void stopped.push('one') };
  await t.rejects(
    serveRoutes(t, {
      '/one': one,
      '/two': () => {
        throw new Error('cannot be opened');
      },
    }),
    { message: 'cannot be opened' },
  );
  t.same(stopped, ['one']);
});
