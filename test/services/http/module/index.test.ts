import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { Account } from '../../../../src/contract/account.ts';
import type { HttpApp, HttpAppContext, HttpRequestContext } from '../../../../src/contract/http-app.ts';
import { createModuleRoute, moduleRouteOptions } from '../../../../src/services/http/module/index.ts';
import { dial, type Peer } from '../../../support/dial.ts';
import { serveRoute, serveRoutes, type ServeRouteOptions } from '../../../support/exchange.ts';
import { createFakeContext } from '../../../support/fake-context.ts';

type Body = NonNullable<RequestInit['body']>;

interface Given extends ServeRouteOptions {
  readonly maxBody?: string;
}

/** The URL of a service whose only route is this app. */
async function serveApp(t: Test, app: unknown, { maxBody = '10MB', ...options }: Given = {}) {
  const loadModule = async () => ({ default: app });
  const context = createFakeContext({ loadModule });
  const given = moduleRouteOptions.parse({ module: '/app.ts', max_body: maxBody });
  const served = await serveRoutes(
    t,
    { [options.prefix ?? '/']: (host) => createModuleRoute(given, host) },
    { ...options, context },
  );
  return { served, context, url: `http://127.0.0.1:${served.port}`, port: served.port };
}

t.test('a function answers requests', async (t) => {
  const { url } = await serveApp(
    t,
    (request: Request) => new Response(`${request.method} ${new URL(request.url).pathname}`),
  );
  const answer = await ask(`${url}/a/b`);
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('content-type'), 'text/plain;charset=UTF-8');
  t.equal(answer.headers.get('content-length'), '8');
  t.equal(await answer.text(), 'GET /a/b');
});

t.test('an object is asked as itself, started before and stopped after', async (t) => {
  const said: unknown[] = [];
  const app: HttpApp & { greeting: string } = {
    greeting: 'none',
    async start(context: HttpAppContext) {
      await turn();
      this.greeting = `hello from ${context.service}${context.route}`;
      said.push('start', context.signal.aborted);
    },
    fetch() {
      return new Response(this.greeting);
    },
    stop() {
      said.push('stop', this.greeting);
    },
  };
  const { url, served } = await serveApp(t, app, { prefix: '/app/' });
  t.equal(await (await ask(`${url}/app/x`)).text(), 'hello from test/app/');
  await served.service.stop?.();
  t.same(said, ['start', false, 'stop', 'hello from test/app/']);
});

t.test('a module is loaded from its file', async (t) => {
  const folder = t.testdir({ 'app.ts': 'export default (request: Request) => Response.json({ url: request.url });' });
  const options = moduleRouteOptions.parse({ module: join(folder, 'app.ts') });
  const url = await serveRoute(t, (host) => createModuleRoute(options, host), { prefix: '/app/' });
  t.same(await (await ask(`${url}/?a=1`)).json(), { url: `${url}/?a=1` });
});

t.test('what is no app does not start', async (t) => {
  await t.rejects(serveApp(t, 'text'), {
    message: '/app.ts: expected a default export that is a function, or { fetch, start, stop }',
  });
  await t.rejects(serveApp(t, { fetch: () => {}, stop: 1 }), { message: '/app.ts: expected "stop" to be a function' });
  const failing = { fetch: () => {}, start: () => Promise.reject(new Error('no database')) };
  await t.rejects(serveApp(t, failing), { message: 'the route /: start() of /app.ts: no database' });
});

t.test('the app gets to know the session', async (t) => {
  const seen: HttpRequestContext[] = [];
  const { url, context } = await serveApp(t, (_: Request, context: HttpRequestContext) => {
    seen.push(context);
    context.log.info('asked');
    return new Response();
  });
  await ask(url);
  const [given] = seen;
  t.match(given, { session: /^[a-z0-9]{12}$/i, peer: { address: '127.0.0.1', family: 'IPv4' }, account: null });
  t.match(await context.logged(/^asked$/), { severity: 'info' });
});

t.test('who has logged in is told, the password is not', async (t) => {
  const alice: Account = { name: 'alice', home: '/', services: null, permissions: [], quota: null, mail: [] };
  const { url } = await serveApp(
    t,
    (request: Request, { account }: HttpRequestContext) =>
      Response.json([account?.name, request.headers.get('authorization')]),
    { accounts: 'any', authenticate: async () => alice },
  );
  const authorization = `Basic ${Buffer.from('alice:secret').toString('base64')}`;
  t.same(await (await ask(url, { headers: { authorization } })).json(), ['alice', null]);
});

t.test('without accounts, what the peer shows is for the app', async (t) => {
  const { url } = await serveApp(t, (request: Request) => new Response(request.headers.get('authorization')));
  t.equal(await (await ask(url, { headers: { authorization: 'Bearer x' } })).text(), 'Bearer x');
});

t.test('bodies stream both ways at once', async (t) => {
  const shout = (request: Request): Response => {
    const upper = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, out) => out.enqueue(Buffer.from(Buffer.from(chunk).toString().toUpperCase())),
    });
    return new Response(request.body?.pipeThrough(upper));
  };
  const { port } = await serveApp(t, shout);
  const peer = await connect(t, port);
  await peer.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  const head = await untilEmptyLine(peer);
  t.match(head, /^HTTP\/1\.1 200 OK\r\n/);
  t.match(head, /transfer-encoding: chunked/i);
  t.equal(
    (await peer.bytes(10)).toString(),
    '5\r\nHELLO\r\n',
    'the answer comes while the request is still being sent',
  );
  await peer.write('5\r\nworld\r\n0\r\n\r\n');
  t.equal((await peer.bytes(15)).toString(), '5\r\nWORLD\r\n0\r\n\r\n');
});

t.test('the head goes out before the first byte of the body', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { url } = await serveApp(t, () => {
    const body = new ReadableStream({
      async start(controller) {
        await promise;
        controller.enqueue(Buffer.from('data: 1\n\n'));
        controller.close();
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  const answer = await ask(url);
  t.equal(answer.headers.get('content-type'), 'text/event-stream');
  resolve();
  t.equal(await answer.text(), 'data: 1\n\n');
});

t.test('a body is made no faster than it is read', async (t) => {
  let made = 0;
  const { url } = await serveApp(t, () => {
    const endless = new ReadableStream({
      pull(controller) {
        made += 1;
        controller.enqueue(Buffer.alloc(65_536));
      },
    });
    return new Response(endless);
  });
  const answer = await ask(url);
  let before = -1;
  // What the buffers of both ends hold; then nothing more is made.
  while (before !== made) {
    before = made;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  t.ok(made < 1000, `${made} chunks`);
  await answer.body?.cancel();
});

t.test('a request is read no faster than the app takes it', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { port, served } = await serveApp(
    t,
    async (request: Request) => {
      await promise;
      return Response.json((await request.arrayBuffer()).byteLength);
    },
    { maxBody: '64MB' },
  );
  const peer = await connect(t, port);
  const size = 32 << 20;
  await peer.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`);
  const written = peer.write(Buffer.alloc(size));
  let read = -1;
  while (read !== readBytes()) {
    read = readBytes();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  t.ok(read < 2 << 20, `${read} bytes`);
  resolve();
  await written;
  t.match((await peer.rest()).toString(), /\r\n\r\n33554432$/);

  function readBytes(): number {
    return [...served.sessions][0]?.bytes.in ?? 0;
  }
});

t.test('a peer that leaves aborts the request', async (t) => {
  t.test('while the app is still thinking', async (t) => {
    const { promise, resolve } = Promise.withResolvers<Request>();
    const { port, context } = await serveApp(t, async (request: Request, { signal }: HttpRequestContext) => {
      resolve(request);
      await once(signal, 'abort');
      throw new Error('of no interest any more');
    });
    const peer = await connect(t, port);
    await peer.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const request = await promise;
    const aborted = once(request.signal, 'abort');
    peer.reset();
    await aborted;
    t.equal(request.signal.aborted, true);
    await turn();
    t.same(
      context.logs.filter(({ severity }) => severity === 'err'),
      [],
    );
  });
  t.test('while the body is made', async (t) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { port } = await serveApp(
      t,
      () => new Response(new ReadableStream({ start: (c) => c.enqueue(Buffer.from('x')), cancel: () => resolve() })),
    );
    const peer = await connect(t, port);
    await peer.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await untilEmptyLine(peer);
    peer.reset();
    await promise;
  });
});

t.test('a session that is ended aborts the request, and that is no error', async (t) => {
  const { served, context } = await serveApp(t, async (request: Request) => {
    await once(request.signal, 'abort');
    throw new Error('stopped');
  });
  const { peer, session, ended } = await served.connect();
  const rest = peer.rest();
  await peer.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  while (session.bytes.in === 0) await turn();
  await turn();
  session.abort('kick');
  t.equal(await ended, 'kick');
  t.equal((await rest).toString(), '');
  t.same(
    context.logs.filter(({ severity }) => severity === 'err'),
    [],
  );
});

t.test('an app that fails', async (t) => {
  const failing: Record<string, () => unknown> = {
    'throws at once': () => {
      throw new Error('secret of the app');
    },
    rejects: () => Promise.reject(new Error('secret of the app')),
    'throws what is no error': () => Promise.reject('secret of the app'),
    'gives nothing': () => undefined,
    'gives something else': () => ({ status: 200, body: 'x' }),
    'gives an error for a response': () => Response.error(),
    'gives a response that was read': async () => {
      const answer = new Response('x');
      await answer.text();
      return answer;
    },
    'gives a header that cannot be sent': () =>
      new Response('x', { headers: { 'x-a': '\u0001', 'x-b': 'secret of the app' } }),
    'has a body that fails before its first byte': () =>
      new Response(new ReadableStream({ pull: () => Promise.reject(new Error('secret of the app')) })),
    'has a body that is no bytes': () => new Response(new ReadableStream({ start: (c) => c.enqueue('text' as never) })),
  };
  for (const [what, answer] of Object.entries(failing)) {
    await t.test(what, async (t) => {
      const { url, context } = await serveApp(t, answer);
      const said = await ask(url);
      const text = await said.text();
      t.equal(said.status, 500);
      t.match(text, /Session [a-z0-9]{12}/i);
      t.notMatch(text + JSON.stringify([...said.headers]), /secret|x-b|at .*\.ts/);
      t.equal(context.logs.filter(({ severity }) => severity === 'err').length, 1, 'one event');
      t.equal((await ask(url)).status, 500, 'and the next is answered as well');
    });
  }
});

t.test('a body that fails on its way is cut off', async (t) => {
  const bodies: Record<string, () => Response> = {
    'by its source': () =>
      new Response(
        new ReadableStream({
          start: (c) => c.enqueue(Buffer.from('begin')),
          async pull() {
            await new Promise((resolve) => setTimeout(resolve, 20));
            throw new Error('lost');
          },
        }),
      ),
    'for being longer than it said': () => new Response(slowly('abc', 'def'), { headers: { 'content-length': '4' } }),
    'for being shorter than it said': () => new Response(slowly('abc', 'def'), { headers: { 'content-length': '7' } }),
  };
  for (const [what, answer] of Object.entries(bodies)) {
    await t.test(what, async (t) => {
      const { url, context } = await serveApp(t, answer);
      const said = await ask(url);
      t.equal(said.status, 200);
      await t.rejects(said.text());
      t.equal(context.logs.filter(({ severity }) => severity === 'err').length, 1, 'one event');
    });
  }
});

t.test('answers without a body', async (t) => {
  const made: Record<string, () => Response> = {
    '/204': () => new Response(null, { status: 204 }),
    '/205': () => new Response(null, { status: 205 }),
    '/304': () => new Response(null, { status: 304, headers: { etag: '"1"' } }),
    '/none': () => new Response(null),
    '/text': () => new Response('hello'),
    '/long': () => new Response(slowly('a', 'b'), { headers: { 'content-length': '2' } }),
  };
  const { port } = await serveApp(t, (request: Request) => made[new URL(request.url).pathname]?.());
  const whole = async (method: string, path: string): Promise<string> => {
    const peer = await connect(t, port);
    await peer.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    return (await peer.rest()).toString().replace(/(date|connection): .*\r\n/gi, '');
  };
  t.equal(await whole('GET', '/204'), 'HTTP/1.1 204 No Content\r\n\r\n');
  t.equal(await whole('GET', '/205'), 'HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n');
  t.equal(await whole('GET', '/304'), 'HTTP/1.1 304 Not Modified\r\netag: "1"\r\n\r\n');
  t.equal(await whole('GET', '/none'), 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  t.equal(await whole('HEAD', '/text'), 'HTTP/1.1 200 OK\r\ncontent-type: text/plain;charset=UTF-8\r\n\r\n');
  t.equal(await whole('HEAD', '/long'), 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n');
});

t.test('headers of an answer', async (t) => {
  const { port } = await serveApp(t, () => {
    const headers = new Headers({
      'x-one': 'ä',
      connection: 'keep-alive',
      'transfer-encoding': 'gzip',
      'keep-alive': 'timeout=9',
    });
    headers.append('set-cookie', 'a=1; Path=/');
    headers.append('set-cookie', 'b=2, c');
    headers.append('vary', 'accept');
    headers.append('vary', 'cookie');
    return new Response('x', { status: 418, statusText: 'Short and stout', headers });
  });
  const peer = await connect(t, port);
  await peer.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const lines = (await peer.rest()).toString('latin1').split('\r\n');
  t.same(
    lines.filter((line) => !/^date:/i.test(line)),
    [
      'HTTP/1.1 418 Short and stout',
      'content-type: text/plain;charset=UTF-8',
      'vary: accept, cookie',
      'x-one: ä',
      'set-cookie: a=1; Path=/',
      'set-cookie: b=2, c',
      'content-length: 1',
      'Connection: close',
      '',
      'x',
    ],
  );
});

t.test('an app may close the connection', async (t) => {
  const { port } = await serveApp(t, () => new Response('x', { headers: { connection: 'close' } }));
  const peer = await connect(t, port);
  await peer.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  t.match((await peer.rest()).toString(), /\r\nConnection: close\r\n/);
});

t.test('bodies of requests have a limit', async (t) => {
  const { url, port, context } = await serveApp(
    t,
    async (request: Request) => new Response(String((await request.text()).length)),
    {
      maxBody: '10B',
    },
  );
  const post = (body: Body) => ask(url, { method: 'POST', body, duplex: 'half' });
  t.equal(await (await post('x'.repeat(10))).text(), '10');
  t.equal((await post('x'.repeat(11))).status, 413, 'one that says its length');
  t.equal(await (await post(slowly('12345', '67890'))).text(), '10');
  t.equal((await post(slowly('12345', '678901'))).status, 413, 'one that does not');
  t.same(
    context.logs.filter(({ severity }) => severity === 'err'),
    [],
  );
  const peer = await connect(t, port);
  await peer.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n');
  t.match((await peer.bytes(12)).toString(), 'HTTP/1.1 413', 'before it is sent');
});

t.test('the connection goes on when the app does not read the body', async (t) => {
  const { port } = await serveApp(t, async (request: Request) => {
    const path = new URL(request.url).pathname;
    if (path === '/some') await request.body?.getReader().read();
    if (path === '/cancel') await request.body?.cancel();
    return new Response(path);
  });
  const peer = await connect(t, port);
  for (const path of ['/none', '/some', '/cancel', '/none']) {
    await peer.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n${'x'.repeat(1000)}`);
    t.match(await untilEmptyLine(peer), /^HTTP\/1\.1 200/);
    t.equal((await peer.bytes(path.length)).toString(), path);
    await peer.write('y'.repeat(1000));
  }
});

t.test('100 Continue is said when the app reads', async (t) => {
  const { port } = await serveApp(t, async (request: Request) =>
    new URL(request.url).pathname === '/no' ? new Response('no', { status: 403 }) : new Response(await request.text()),
  );
  const willing = await connect(t, port);
  await willing.write('POST /yes HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
  t.equal((await willing.bytes(25)).toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
  await willing.write('hello');
  t.match(await untilEmptyLine(willing), /^HTTP\/1\.1 200/);
  const unwilling = await connect(t, port);
  await unwilling.write('POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
  t.match((await unwilling.rest()).toString(), /^HTTP\/1\.1 403/);
});

/** One request on a connection of its own. */
function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), connection: 'close' } });
}

/** A stream that gives its texts one after the other, with a pause between. */
function slowly(...texts: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      const text = texts.shift();
      if (text === undefined) controller.close();
      else controller.enqueue(Buffer.from(text));
    },
  });
}

async function connect(t: Test, port: number): Promise<Peer> {
  const peer = await dial(port);
  t.teardown(() => peer.socket.destroy());
  return peer;
}

async function untilEmptyLine(peer: Peer): Promise<string> {
  let head = '';
  while (!head.endsWith('\r\n\r\n')) head += (await peer.bytes(1)).toString('latin1');
  return head;
}
