import { once } from 'node:events';
import type { Socket } from 'node:net';

import t, { type Test } from 'tap';

import {
  createFastCgiRoute,
  createScgiRoute,
  fastcgiRouteOptions,
  scgiRouteOptions,
} from '../../../../src/services/http/fastcgi/index.ts';
import { serveRoutes } from '../../../support/exchange.ts';
import { ask } from '../cgi/stage.ts';
import { endRecord, readRequests, record, startBackend } from './backend.ts';

const header = 'Content-Type: text/plain\r\n\r\n';

async function stage(t: Test, serve: (socket: Socket) => void, options: object = {}) {
  const backend = await startBackend(t, serve);
  const parsed = fastcgiRouteOptions.parse({ fastcgi: backend.address, ...options });
  const served = await serveRoutes(t, { '/app/': (host) => createFastCgiRoute(parsed, host) });
  return { ...backend, served, url: `http://127.0.0.1:${served.port}/app/` };
}

t.test('a request goes to a FastCGI backend, and its answer comes back', async (t) => {
  const asked: string[] = [];
  const { url, served } = await stage(t, (socket) =>
    readRequests(socket, ({ flags, variables, body }) => {
      asked.push(variables);
      socket.write(record(7, 'a complaint\n'));
      socket.write(record(6, `Status: 201 Made\r\n${header}flags ${flags}, `));
      socket.end(Buffer.concat([record(6, `body ${body.toString()}`), record(6, ''), endRecord()]));
    }),
  );
  const answer = await ask(`${url}x?y=1`, { method: 'POST', body: 'hello' });
  t.same([answer.status, answer.statusText], [201, 'Made']);
  t.equal(await answer.text(), 'flags 0, body hello');
  t.match(asked[0], /REQUEST_METHODPOST/);
  t.match(asked[0], /PATH_INFO\/x/);
  t.match(asked[0], /CONTENT_LENGTH5/);
  t.match(await served.context.logged(/a complaint/), { fields: { event: 'program.stderr', session: /^\w{12}$/ } });
});

t.test('large bodies go both ways', async (t) => {
  const { url } = await stage(t, (socket) =>
    readRequests(socket, ({ body }) => {
      socket.write(record(6, header));
      for (let at = 0; at < body.length; at += 60_000) socket.write(record(6, body.subarray(at, at + 60_000)));
      socket.end(endRecord());
    }),
  );
  const answer = await ask(url, { method: 'POST', body: Buffer.alloc(3_000_000, 'x') });
  t.equal((await answer.text()).length, 3_000_000);
});

t.test('connections are kept where that was asked for', async (t) => {
  let served = 0;
  const { url, connections } = await stage(
    t,
    (socket) =>
      readRequests(socket, ({ flags, number }) => {
        served += 1;
        socket.write(Buffer.concat([record(6, `${header}${flags}`, number), endRecord(0, number)]));
      }),
    { keep_alive: 1 },
  );
  for (let i = 0; i < 3; i++) t.equal(await (await ask(url)).text(), '1');
  t.same([served, connections.length], [3, 1]);
  // The backend has enough of it: the next request finds out, and goes another way.
  connections[0]!.destroy();
  t.equal(await (await ask(url)).text(), '1');
  t.equal(connections.length, 2);
});

// Regression: all requests had the number 1, and what came late for one was taken for the answer to the next.
t.test('what a backend says too late is no answer to the next request on a kept connection', async (t) => {
  const numbers: number[] = [];
  const answer = (text: string, number: number): Buffer =>
    Buffer.concat([record(6, `${header}${text}`, number), endRecord(0, number)]);
  const { url } = await stage(
    t,
    (socket) =>
      readRequests(socket, ({ number }) => {
        numbers.push(number);
        if (number === 2) socket.write(answer('late', 1));
        socket.write(answer(`answer ${number}`, number));
      }),
    { keep_alive: 1 },
  );
  t.equal(await (await ask(url)).text(), 'answer 1');
  t.equal((await ask(url)).status, 502);
  t.equal(await (await ask(url)).text(), 'answer 1', 'on another connection');
  t.same(numbers, [1, 2, 1]);
});

t.test('a kept connection that is lost with a request on it is no answer to a POST', async (t) => {
  let count = 0;
  const { url, connections } = await stage(
    t,
    (socket) =>
      readRequests(socket, () => {
        count += 1;
        if (count === 2) socket.destroy();
        else socket.write(Buffer.concat([record(6, header), endRecord()]));
      }),
    { keep_alive: 1 },
  );
  await (await ask(url)).text();
  t.equal((await ask(url, { method: 'POST', body: 'x' })).status, 502);
  t.equal(count, 2);
  t.equal((await ask(url)).status, 200);
  t.ok(connections.length >= 2);
});

t.test('what can go wrong', async (t) => {
  const cases: [string, (socket: Socket) => void, number][] = [
    ['closes at once', (socket) => socket.destroy(), 502],
    ['speaks something else', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 502],
    ['is overloaded', (socket) => socket.write(endRecord(2)), 502],
    ['ends without a header', (socket) => socket.write(endRecord()), 502],
    ['writes no header', (socket) => socket.write(Buffer.concat([record(6, 'hello\n\n'), endRecord()])), 502],
    ['says nothing', () => {}, 504],
  ];
  for (const [name, act, status] of cases) {
    await t.test(name, async (t) => {
      const { url } = await stage(t, (socket) => readRequests(socket, () => act(socket)), { timeout: '200ms' });
      t.equal((await ask(url)).status, status);
    });
  }
});

t.test('a backend that is not there', async (t) => {
  const parsed = fastcgiRouteOptions.parse({ fastcgi: 'unix:/nonexistent/socket' });
  const served = await serveRoutes(t, { '/': (host) => createFastCgiRoute(parsed, host) });
  t.equal((await ask(`http://127.0.0.1:${served.port}/`)).status, 502);
  t.match(await served.context.logged(/^the backend unix:\/nonexistent\/socket: connect ENOENT/), {
    severity: 'err',
    fields: { event: 'http.failed', route: '/', status: 502 },
  });
});

t.test('a peer that leaves takes the connection with it', async (t) => {
  const gone = Promise.withResolvers<void>();
  const { url } = await stage(t, (socket) => {
    readRequests(socket, () => socket.write(record(6, `${header}one`)));
    socket.on('close', gone.resolve).on('end', () => socket.destroy());
  });
  const leaving = new AbortController();
  const answer = await ask(url, { signal: leaving.signal });
  await answer.body!.getReader().read();
  leaving.abort();
  await gone.promise;
});

t.test('an SCGI backend', async (t) => {
  const backend = await startBackend(t, (socket) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.endsWith('hello')) return;
      socket.end(`${header}${text.replaceAll('\0', ' ')}`);
    });
  });
  const parsed = scgiRouteOptions.parse({ scgi: backend.address });
  const served = await serveRoutes(t, { '/s': (host) => createScgiRoute(parsed, host) });
  const answer = await ask(`http://127.0.0.1:${served.port}/s/a/b`, { method: 'POST', body: 'hello' });
  t.match(await answer.text(), /^\d+:CONTENT_LENGTH 5 SCGI 1 .*SCRIPT_NAME \/s PATH_INFO \/a\/b .* ,hello$/);
  const [socket] = backend.connections;
  if (socket?.destroyed === false) await once(socket, 'close');
});
