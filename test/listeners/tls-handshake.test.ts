import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { mock } from 'node:test';
import tls, { TLSSocket } from 'node:tls';
import { queryObjects } from 'node:v8';

import t, { type Test } from 'tap';

import { acceptorOf, closed, dialTls, setUp } from './tls-stage.ts';

function dialPlain(t: Test, port: number): Socket {
  const socket = connectPlain({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  return socket;
}

const record = (content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([22, 3, 1, content.length >> 8, content.length & 255]), content]);

t.test('why a handshake failed is told in words', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  for (const [bytes, expected] of [
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'TLS handshake failed: the peer speaks HTTP, not TLS'],
    ['POST / HTTP/1.1\r\n\r\n', 'TLS handshake failed: the peer speaks HTTP, not TLS'],
    ['CONNECT a:443 HTTP/1.1\r\n\r\n', 'TLS handshake failed: the peer takes us for an HTTP proxy'],
    ['SSH-2.0-OpenSSH_9.2\r\n', 'TLS handshake failed: the peer does not speak TLS'],
    ['EHLO there\r\n\r\n', 'TLS handshake failed: the peer does not speak TLS'],
    [Buffer.alloc(64), 'TLS handshake failed: the peer does not speak TLS'],
    [Buffer.alloc(64, 255), 'TLS handshake failed: the peer does not speak TLS'],
    [record(Buffer.from([1, 0, 0, 2, 3, 3])), 'TLS handshake failed: length mismatch'],
    [record(Buffer.from([1, 255, 255, 255])), 'TLS handshake failed: excessive message size'],
    [record(Buffer.from([2, 0, 0, 0])), 'TLS handshake failed: unexpected message'],
    [Buffer.from([21, 3, 1, 0, 2, 2, 40]), 'TLS handshake failed: unexpected message'],
  ] as const) {
    const socket = dialPlain(t, port);
    socket.write(bytes);
    await t.rejects(secured(), { name: 'PeerError', message: expected }, JSON.stringify(String(bytes).slice(0, 20)));
    await closed(socket);
  }
});

t.test('bytes that do not belong there end the connection after the handshake as well', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const wire = dialPlain(t, port);
    const socket = dialTls(t, 0, { socket: wire, maxVersion });
    await once(socket, 'secureConnect');
    const ours = await secured();
    wire.write(Buffer.from('17030300200000000000000000000000000000000000000000000000000000000000000000', 'hex'));
    const [error] = (await once(ours, 'error')) as [NodeJS.ErrnoException];
    t.match(error.code, /^ERR_SSL_/, maxVersion);
    await closed(ours);
    await closed(wire);
  }
});

// A handshake costs us a hundred times what asking for it costs a peer.
t.test('who asks for a second handshake is dropped', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  const socket = dialTls(t, port, { maxVersion: 'TLSv1.2' });
  await once(socket, 'secureConnect');
  const ours = await secured();
  socket.renegotiate({}, () => {});
  const [error] = (await once(ours, 'error')) as [NodeJS.ErrnoException];
  t.equal(error.code, 'ERR_TLS_RENEGOTIATION_DISABLED');
  await closed(ours);
  await closed(socket);
});

t.test('half a hello and silence is waited for no longer than ten seconds', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const socket = dialPlain(t, port);
  const outcome = secured();
  outcome.catch(() => {});
  await new Promise<void>((resolve) => socket.write(record(Buffer.from([1, 0, 1, 0, 3, 3])), () => resolve()));
  await new Promise((resolve) => setImmediate(resolve));
  mock.timers.tick(9_999);
  t.equal(socket.destroyed, false);
  mock.timers.tick(1);
  await t.rejects(outcome, { name: 'PeerError', message: 'the TLS handshake took too long' });
  await closed(socket);
});

t.test('a hello may not be endless', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  const socket = dialPlain(t, port);
  // Says that 128 KB will come, which is what OpenSSL takes at most, and sends more.
  const start = Buffer.concat([Buffer.from([1, 2, 0, 0, 3, 3]), Buffer.alloc(16_378)]);
  socket.write(record(start));
  for (let count = 0; count < 20 && !socket.destroyed; count++) socket.write(record(Buffer.alloc(16_384)));
  await t.rejects(secured(), { name: 'PeerError', message: /^TLS handshake failed: |^the peer left/ });
  await closed(socket);
});

t.test('a peer that has left before is not shaken hands with', async (t) => {
  const { port, secured } = await setUp(t, {
    ...acceptorOf(),
    secure: (socket, peer) => {
      socket.destroy();
      return acceptorOf().secure(socket, peer);
    },
  });
  dialPlain(t, port);
  await t.rejects(secured(), { name: 'PeerError', message: 'the peer left during the TLS handshake' });
});

t.test('handshakes that were broken off leave nothing behind', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  const hello = await helloBytes();
  const contexts = mock.method(tls, 'createSecureContext');
  t.teardown(() => contexts.mock.restore());
  const before = { open: openHandles(), sockets: queryObjects(TLSSocket, { format: 'count' }) };
  for (let round = 0; round < 30; round++) {
    const sockets = Array.from({ length: 50 }, () => dialPlain(t, port));
    for (const [index, socket] of sockets.entries()) {
      if (index % 3 === 0) socket.write(hello.subarray(0, 40));
      if (index % 3 === 1) socket.write('GET / HTTP/1.0\r\n\r\n');
      if (index % 3 === 2) socket.write(hello);
      if (index % 2 === 0) socket.end();
      else socket.once('connect', () => socket.resetAndDestroy());
    }
    const outcomes = await Promise.allSettled(sockets.map(secured));
    if (outcomes.some(({ status }) => status === 'fulfilled')) t.fail('a handshake without an end');
    await Promise.all(sockets.map(closed));
  }
  // Node gives the last ones back a moment after they have closed.
  while (openHandles() > before.open) await new Promise((resolve) => setImmediate(resolve));
  t.equal(contexts.mock.callCount(), 0);
  // Those of the last rounds are still to be collected.
  t.ok(queryObjects(TLSSocket, { format: 'count' }) - before.sockets < 200);
});

function openHandles(): number {
  return process.getActiveResourcesInfo().filter((kind) => /^TCPSocketWrap$|^TLSWrap$|^Timeout$/.test(kind)).length;
}

/** What Node says first. */
async function helloBytes(): Promise<Buffer> {
  const server = tls.createServer();
  const said = Promise.withResolvers<Buffer>();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => socket.once('data', (data: Buffer) => said.resolve(data)));
  const socket = tls.connect({ port: (server.address() as { port: number }).port, host: '127.0.0.1' });
  socket.on('error', () => {});
  const hello = await said.promise;
  socket.destroy();
  server.close();
  return hello;
}
