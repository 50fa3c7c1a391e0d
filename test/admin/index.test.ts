import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';

import { createAdmin, type Admin, type AdminOptions, type AdminQuestion } from '../../src/admin/index.ts';
import type { Json } from '../../src/contract/bus.ts';
import type { Status } from '../../src/contract/control.ts';
import type { Logger } from '../../src/contract/logger.ts';

const echo = {
  name: 'echo',
  type: 'echo',
  state: 'up',
  pool: 'main',
  listeners: [{ address: 'tcp://127.0.0.1:2007' }],
  sessions: { active: 0, total: 3, refused: 0 },
  bytes: { in: 5, out: 5 },
  error: null,
} as const;

const status: Status = {
  name: 'portico',
  version: '0.1.0',
  pid: 123,
  started: '2026-01-01T00:00:00.000Z',
  generation: 1,
  state: 'running',
  config: '/etc/portico/daemon.config.yaml',
  admin: 'tcp://127.0.0.1:9080',
  workers: [],
  services: [echo],
  deliveries: [],
};

const sessions = [{ id: 'abcdefghijkl', service: 'echo', peer: '127.0.0.1:50000' }];

const counter = (value: number, peer = 'echo') => ({
  name: 'portico_sessions_total',
  help: 'Sessions.',
  type: 'counter',
  aggregator: 'sum',
  values: [{ value, labels: { service: peer } }],
});

const metrics = {
  snapshots: [[counter(3)], [counter(4), { ...counter(1, 'we"ird\\'), name: 'portico_items_total' }]],
  process: { cpuSeconds: 1.5, rssBytes: 50_000_000, openFds: 20, startTimeSeconds: 1_767_225_600 },
};

const answers: Record<AdminQuestion, Json> = { status: status as unknown as Json, sessions, metrics };

t.test('the routes', async (t) => {
  const { call } = await open(t, {});

  t.test('/metrics sums over the workers and adds the process of the master', async (t) => {
    const reply = await call('GET /metrics HTTP/1.1\r\nHost: 127.0.0.1');
    t.equal(reply.status, 200);
    t.equal(reply.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    t.match(reply.body, '# TYPE portico_sessions_total counter\nportico_sessions_total{service="echo"} 7\n');
    t.match(reply.body, 'portico_items_total{service="we\\"ird\\\\"} 1\n');
    t.match(reply.body, 'process_cpu_seconds_total 1.5\n');
    t.match(reply.body, 'process_resident_memory_bytes 50000000\n');
    t.match(reply.body, 'process_open_fds 20\n');
    t.match(reply.body, 'process_start_time_seconds 1767225600\n');
    const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
    t.test('promtool has nothing to say', { skip: hasPromtool ? false : 'promtool is not installed' }, async (t) => {
      t.equal(execFileSync('promtool', ['check', 'metrics'], { input: reply.body, encoding: 'utf8' }), '');
    });
  });

  t.test('/healthz says ok', async (t) => {
    t.match(await call('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1'), { status: 200, body: 'ok\n' });
  });

  t.test('/readyz is 200 when everything is up', async (t) => {
    const reply = await call('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1');
    t.equal(reply.status, 200);
    t.same(JSON.parse(reply.body), { state: 'running', services: {} });
  });

  t.test('/api/status and /api/sessions are what the master says', async (t) => {
    const reply = await call('GET /api/status HTTP/1.1\r\nHost: localhost:9080');
    t.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
    t.same(JSON.parse(reply.body), status);
    t.same(JSON.parse((await call('GET /api/sessions?x=1 HTTP/1.1\r\nHost: localhost')).body), sessions);
  });

  t.test('/ links them and runs nothing', async (t) => {
    const reply = await call('GET / HTTP/1.1\r\nHost: [::1]:9080');
    t.equal(reply.headers['content-type'], 'text/html; charset=utf-8');
    t.match(reply.body, '<a href="/metrics">');
    t.notMatch(reply.body, '<script');
  });

  t.test('HEAD has the headers of GET and no body', async (t) => {
    const reply = await call('HEAD /healthz HTTP/1.1\r\nHost: 127.0.0.1');
    t.match(reply, { status: 200, body: '' });
    t.equal(reply.headers['content-length'], '3');
  });

  t.test('every answer forbids browsers what they need not', async (t) => {
    const reply = await call('GET /nothing HTTP/1.1\r\nHost: 127.0.0.1');
    t.match(reply.headers, {
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    });
  });

  for (const [request, expected] of [
    ['GET /nothing HTTP/1.1\r\nHost: 127.0.0.1', 404],
    ['GET /__proto__ HTTP/1.1\r\nHost: 127.0.0.1', 404],
    ['GET /metrics/ HTTP/1.1\r\nHost: 127.0.0.1', 404],
    ['POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0', 405],
    ['DELETE /api/sessions HTTP/1.1\r\nHost: 127.0.0.1', 405],
    ['POST /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0', 404],
    ['GET http://127.0.0.1:9080/healthz HTTP/1.1\r\nHost: 127.0.0.1', 200],
    ['GET http://127.0.0.1:9080 HTTP/1.1\r\nHost: 127.0.0.1', 200],
    ['GET http://evil.example/api/status HTTP/1.1\r\nHost: 127.0.0.1', 421],
    ['GET /api/status HTTP/1.1\r\nHost: evil.example', 421],
    ['GET /api/status HTTP/1.1\r\nHost: portico.example:9080', 200],
    ['GET /api/status HTTP/1.0', 200],
    ['GET /api/status HTTP/1.1', 400],
    ['GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example', 400],
    ['GET /metrics HTTP/1.1\r\nHost: portico:9080', 200],
    ['GET /healthz HTTP/1.1\r\nHost: portico:9080', 200],
    ['nonsense', 400],
  ] as const) {
    t.test(`${request.replaceAll('\r\n', ' | ')} is ${expected}`, async (t) => {
      t.equal((await call(request)).status, expected);
    });
  }

  t.test('405 says what is allowed', async (t) => {
    const reply = await call('PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0');
    t.equal(reply.headers['allow'], 'GET, HEAD');
  });

  t.test('takes 16 KB of headers, and not more', async (t) => {
    const head = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ';
    t.equal((await call(head + 'x'.repeat(16_000))).status, 200);
    t.equal((await call(head + 'x'.repeat(16_385))).status, 431);
  });
});

t.test('readiness names what is not up', async (t) => {
  const failed = { ...echo, name: 'mail', state: 'failed', error: 'no such certificate' };
  const disabled = { ...echo, name: 'old', state: 'disabled' };
  const { call } = await open(t, { status: { ...status, services: [echo, failed, disabled] } as unknown as Json });
  const reply = await call('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1');
  t.equal(reply.status, 503);
  t.same(JSON.parse(reply.body), {
    state: 'running',
    services: { mail: { state: 'failed', error: 'no such certificate' } },
  });
});

t.test('is not ready while the daemon starts or stops', async (t) => {
  for (const state of ['starting', 'stopping'] as const) {
    const { call } = await open(t, { status: { ...status, state } as unknown as Json });
    t.equal((await call('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1')).status, 503, state);
  }
});

t.test('a master that does not answer is 503 everywhere but on the page', async (t) => {
  const { call } = await open(t, { status: null, metrics: null, sessions: null }, { timeouts: { silentMs: 0 } });
  for (const path of ['/healthz', '/readyz', '/metrics', '/api/status', '/api/sessions']) {
    const reply = await call(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1`);
    t.equal(reply.status, 503, path);
    t.same(JSON.parse(reply.body), { error: 'the master does not answer' });
  }
  t.equal((await call('GET / HTTP/1.1\r\nHost: 127.0.0.1')).status, 200);
});

t.test('waits for a slow master only so long', async (t) => {
  const { call } = await open(t, {}, { ask: () => new Promise(() => {}), timeouts: { askMs: 10 } });
  t.equal((await call('GET /api/status HTTP/1.1\r\nHost: 127.0.0.1')).status, 503);
});

t.test('a master that was heard not long ago is alive, for it may be just becoming the next program', async (t) => {
  const { call } = await open(t, { status: null, metrics: null, sessions: null });
  t.equal((await call('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1')).status, 200);
  t.equal((await call('GET /readyz HTTP/1.1\r\nHost: 127.0.0.1')).status, 503);
});

t.test('asks once for all that ask at the same time', async (t) => {
  let asked = 0;
  const gate = Promise.withResolvers<Json>();
  const first = Promise.withResolvers<void>();
  const { call } = await open(
    t,
    {},
    {
      ask() {
        asked += 1;
        first.resolve();
        return gate.promise;
      },
    },
  );
  const one = call('GET /api/status HTTP/1.1\r\nHost: 127.0.0.1');
  await first.promise;
  const two = call('GET /api/status HTTP/1.1\r\nHost: 127.0.0.1');
  // Answered in order after it on the same server, so that the second request has arrived.
  await call('GET / HTTP/1.1\r\nHost: 127.0.0.1');
  gate.resolve(status as unknown as Json);
  t.equal((await one).status, 200);
  t.equal((await two).status, 200);
  t.equal(asked, 1);
});

t.test('an answer of the master that makes no sense is 500 and logged', async (t) => {
  const lines: string[] = [];
  const log = { err: (message: string) => void lines.push(message) } as unknown as Logger;
  const { call } = await open(t, { metrics: 'nonsense' }, { log });
  t.equal((await call('GET /metrics HTTP/1.1\r\nHost: 127.0.0.1')).status, 500);
  t.same(lines, ['admin request failed']);
});

t.test('headers that never end are 408', async (t) => {
  const { connection } = await open(t, {}, { timeouts: { headersMs: 100, requestMs: 200 } });
  const socket = connection();
  socket.write('GET /healthz HTTP/1.1\r\nHos');
  t.match(await textOf(socket), /^HTTP\/1\.1 408 /);
});

t.test('a body is not waited for', async (t) => {
  const { connection } = await open(t, {});
  const socket = connection();
  socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\nx');
  const text = await textOf(socket);
  t.match(text, /^HTTP\/1\.1 200 /);
  t.match(text, 'Connection: close');
});

t.test('a connection may ask again, and is closed when it asks nothing for long', async (t) => {
  const { connection } = await open(t, {}, { timeouts: { keepAliveMs: 50 } });
  const socket = connection();
  socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  const text = await textOf(socket);
  t.equal(text.split('HTTP/1.1 200 OK').length - 1, 2);
});

t.test('a peer that asks ahead and reads nothing does not fill the memory with answers', async (t) => {
  const request = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  const { connection } = await open(t, {}, { timeouts: { keepAliveMs: 50 } });
  const [fair, greedy] = [connection(), connection()];
  fair.write(request.repeat(16));
  t.equal((await textOf(fair)).split('HTTP/1.1 200 OK').length - 1, 16);
  greedy.write(request.repeat(17));
  t.equal(await textOf(greedy), '', 'dropped');
});

t.test('closing lets an answer end, drops the idle, takes nothing new', async (t) => {
  const gate = Promise.withResolvers<Json>();
  const asked = Promise.withResolvers<void>();
  const { admin, connection, accepted } = await open(
    t,
    {},
    {
      ask() {
        asked.resolve();
        return gate.promise;
      },
    },
  );
  const idle = connection();
  const busy = connection();
  busy.write('GET /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await asked.promise;
  await accepted(2);
  const closed = admin.close();
  await textOf(idle);
  await textOf(connection());
  gate.resolve(sessions);
  const text = await textOf(busy);
  t.match(text, /^HTTP\/1\.1 200 /);
  t.match(text, 'Connection: close');
  await closed;
});

t.test('closing ends an answer that takes too long', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { admin, connection } = await open(
    t,
    {},
    {
      ask() {
        asked.resolve();
        return new Promise(() => {});
      },
      timeouts: { drainMs: 10 },
    },
  );
  const busy = connection();
  busy.write('GET /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  const text = textOf(busy);
  await asked.promise;
  await admin.close();
  t.equal(await text, '');
});

t.test('a peer that leaves in the middle costs nothing', async (t) => {
  const { call, connection } = await open(t, {});
  const socket = connection();
  socket.write('GET /healthz HT');
  await once(socket, 'connect');
  socket.resetAndDestroy();
  t.equal((await call('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1')).status, 200);
});

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An admin behind a real listening socket, as a worker's listener feeds it. */
async function open(t: Test, given: Partial<Record<AdminQuestion, Json>>, options: Partial<AdminOptions> = {}) {
  const log = {
    err: (message: string, fields?: object) => t.fail(`${message} ${JSON.stringify(fields)}`),
  } as unknown as Logger;
  const all = { ...answers, ...given };
  const ask = (what: AdminQuestion): Promise<Json> => Promise.resolve(all[what]);
  const admin: Admin = createAdmin({ ask, log, hosts: ['portico.example'], ...options });
  let count = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    count += 1;
    admin.handle(socket);
    server.emit('accepted');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  t.teardown(async () => {
    server.close();
    await admin.close();
  });
  const connection = (): Socket => connect({ port, host: '127.0.0.1' }).on('error', () => {});
  return {
    admin,
    connection,
    async accepted(wanted: number) {
      while (count < wanted) await once(server, 'accepted');
    },
    async call(head: string): Promise<Reply> {
      const socket = connection();
      socket.write(`${head}\r\nConnection: close\r\n\r\n`);
      return parseReply(await textOf(socket));
    },
  };
}

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  await once(socket, 'close');
  return text;
}

function parseReply(text: string): Reply {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 2),
  ]);
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers) as Reply['headers'], body };
}
