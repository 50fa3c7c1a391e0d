import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import t, { type Test } from 'tap';

import { createExchange, type ExchangeOptions, type Exchange } from '../../../src/certificates/acme/exchange.ts';

const { signal } = new AbortController();
const head = 'HTTP/1.1 200 OK\r\n';

interface Talk {
  readonly url: string;
  readonly host: string;
  readonly exchange: Exchange;
  /** How many connections came. */
  readonly connections: () => number;
}

/** A server that does with each request, as it comes in one piece, what it is told. */
async function talk(
  t: Test,
  answer: (socket: Socket, request: string) => void,
  options: Partial<ExchangeOptions> = {},
): Promise<Talk> {
  let count = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    count += 1;
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => answer(socket, data.toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const exchange = createExchange({ ca: null, timeoutMs: 10_000, maxBytes: 10, ...options });
  t.teardown(() => {
    exchange.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://${host}/a?b`, host, exchange, connections: () => count };
}

t.test('a request and its answer', async (t) => {
  const seen: string[] = [];
  const { url, host, exchange } = await talk(t, (socket, request) => {
    seen.push(request);
    socket.write(`${head}Retry-After: 5\r\nContent-Length: 2\r\n\r\nok`);
  });
  const answer = await exchange.send({ method: 'POST', url, headers: { accept: 'text/plain' }, body: 'hello' }, signal);
  t.match(answer, { status: 200, headers: { 'retry-after': '5' }, body: Buffer.from('ok') });
  t.match(seen, [
    `POST /a?b HTTP/1.1\r\naccept: text/plain\r\nHost: ${host}\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello`,
  ]);
});

t.test('one connection for several', async (t) => {
  const { url, exchange, connections } = await talk(t, (socket) => socket.write(`${head}Content-Length: 2\r\n\r\nok`));
  await exchange.send({ method: 'GET', url, headers: {} }, signal);
  // The agent takes the connection back in the next turn.
  await new Promise(setImmediate);
  await exchange.send({ method: 'GET', url, headers: {} }, signal);
  t.equal(connections(), 1);
});

t.test('a kept connection that is closed in the same moment is no failure', async (t) => {
  let requests = 0;
  const { url, exchange, connections } = await talk(t, (socket) => {
    requests += 1;
    if (requests === 2) socket.resetAndDestroy();
    else socket.write(`${head}Content-Length: 2\r\n\r\nok`);
  });
  await exchange.send({ method: 'GET', url, headers: {} }, signal);
  await new Promise(setImmediate);
  t.equal((await exchange.send({ method: 'GET', url, headers: {} }, signal)).status, 200);
  t.equal(connections(), 2);
});

t.test('a redirection is an answer like any other', async (t) => {
  const { url, exchange } = await talk(t, (socket) =>
    socket.write('HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n'),
  );
  t.equal((await exchange.send({ method: 'GET', url, headers: {} }, signal)).status, 302);
});

t.test('answers are as large as the limit at most', async (t) => {
  const sized = (bytes: number) => (socket: Socket) => {
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${'a'.repeat(bytes)}\r\n0\r\n\r\n`);
  };
  const small = await talk(t, sized(10));
  t.equal((await small.exchange.send({ method: 'GET', url: small.url, headers: {} }, signal)).body.length, 10);
  const large = await talk(t, sized(11));
  await t.rejects(large.exchange.send({ method: 'GET', url: large.url, headers: {} }, signal), {
    name: 'AcmeError',
    message: `${large.host} sent more than 10 bytes`,
  });
});

t.test('trouble on the way', async (t) => {
  const cases: readonly (readonly [string, (socket: Socket) => void, string])[] = [
    ['nothing and the end', (socket) => void socket.end(), 'socket hang up'],
    ['half an answer', (socket) => void socket.end(`${head}Content-Length: 9\r\n\r\nhalf`), 'aborted'],
    ['no HTTP', (socket) => void socket.end('220 smtp.example\r\n'), 'Parse Error: Expected HTTP/, RTSP/ or ICE/'],
  ];
  for (const [name, answer, reason] of cases) {
    const { url, host, exchange } = await talk(t, answer);
    await t.rejects(
      exchange.send({ method: 'GET', url, headers: {} }, signal),
      { name: 'AcmeError', message: `cannot talk to ${host}: ${reason}`, isTemporary: true },
      name,
    );
  }
});

t.test('nobody there', async (t) => {
  const exchange = createExchange({ ca: null, timeoutMs: 10_000, maxBytes: 10 });
  t.teardown(() => exchange.close());
  await t.rejects(exchange.send({ method: 'GET', url: 'http://127.0.0.1:1/', headers: {} }, signal), {
    message: 'cannot talk to 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    isTemporary: true,
  });
});

t.test('an answer that does not come, or does not end, has its time', async (t) => {
  for (const said of ['', `${head}Content-Length: 9\r\n\r\nhalf`]) {
    const { url, host, exchange } = await talk(t, (socket) => void socket.write(said), { timeoutMs: 50 });
    await t.rejects(exchange.send({ method: 'GET', url, headers: {} }, signal), {
      message: `${host} did not answer within 0.05 s`,
      isTemporary: true,
    });
  }
});

t.test('who calls it off gets the reason back', async (t) => {
  const reason = new Error('stopping');
  const abortion = new AbortController();
  const { url, exchange } = await talk(t, () => abortion.abort(reason));
  await t.rejects(exchange.send({ method: 'GET', url, headers: {} }, abortion.signal), reason);
  await t.rejects(exchange.send({ method: 'GET', url, headers: {} }, abortion.signal), reason);
});
