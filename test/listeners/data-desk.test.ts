import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import t from 'tap';

import { createStreamListener } from '../../src/listeners/stream.ts';
import { createDataDesk } from '../../src/listeners/data-desk.ts';
import type { LiveSession } from '../../src/listeners/session.ts';
import { dial } from '../support/dial.ts';
import { createFakeLogger } from '../support/fake-session.ts';
import { listen } from '../support/listen.ts';
import { dialFrom } from './data-stage.ts';

const soon = { timeoutMs: 30_000, signal: new AbortController().signal };

t.test('IPv4 that came to an address of both families is IPv4', async (t) => {
  const server = createServer().listen(0, '::');
  t.teardown(() => server.close());
  const isOpen = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (!isOpen) return void t.pass('there is no IPv6 on this machine');
  const arrival = once(server, 'connection') as Promise<[Socket]>;
  const far = await dial((server.address() as AddressInfo).port);
  const [socket] = await arrival;
  t.equal(socket.localAddress, '::ffff:127.0.0.1');
  const desk = createDataDesk({
    stream: socket,
    peer: { address: '127.0.0.1', port: far.port, family: 'IPv4' },
    signal: new AbortController().signal,
    log: createFakeLogger([]),
    host: { tls: null },
  } as unknown as LiveSession);
  const port = await desk.openPort(null);
  t.same([port.local.address, port.local.family], ['127.0.0.1', 'IPv4']);
  const data = await dial(port.local.port);
  await using accepted = await port.accept(soon);
  t.equal(accepted.peer.address, '127.0.0.1');
  data.socket.destroy();
  far.socket.destroy();
  socket.destroy();
});

t.test('behind a proxy, connections come from it or from the peer that it shows', async (t) => {
  const { port, events } = await listen(t, createStreamListener, {
    service: { connection: ({ stream }) => once(stream.resume(), 'end').then(() => {}) },
    listen: { proxyProtocol: ['127.0.0.1'] },
  });
  const proxy = await dial(port);
  await proxy.write('PROXY TCP4 127.0.0.9 198.51.100.1 40000 21\r\n');
  const session = (await events.next('started')).session as LiveSession;
  t.equal(session.peer.address, '127.0.0.9');
  for (const from of ['127.0.0.1', '127.0.0.9']) {
    const dataPort = await session.data.openPort(null);
    t.equal(dataPort.local.address, '127.0.0.1', 'where the proxy came to');
    const far = await dialFrom(from, dataPort.local.port);
    await using data = await dataPort.accept(soon);
    t.equal(data.peer.address, from);
    far.destroy();
  }
  proxy.socket.destroy();
});

t.test('there is none beside a connection that is not TCP', async (t) => {
  const session = { stream: {}, signal: new AbortController().signal } as unknown as LiveSession;
  await t.rejects(createDataDesk(session).openPort(null), {
    name: 'PeerError',
    message: 'there are data connections beside TCP connections only',
  });
});
