import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import t, { type Test } from 'tap';

import { PeerError, TemporaryError } from '../../src/contract/errors.ts';
import type { PortRange } from '../../src/contract/data-connection.ts';
import { createDataConnection } from '../../src/listeners/data-connection.ts';
import { openDataPort, type DataPortOptions } from '../../src/listeners/data-port.ts';
import { dial } from '../support/dial.ts';
import { createFakeLogger, type LogLine } from '../support/fake-session.ts';
import { dialFrom } from './data-stage.ts';

const never = new AbortController().signal;
const soon = { timeoutMs: 30_000, signal: never };

async function open(t: Test, more: Partial<DataPortOptions> = {}) {
  const logs: LogLine[] = [];
  const port = await openDataPort({
    address: '127.0.0.1',
    ports: null,
    peers: ['127.0.0.1'],
    log: createFakeLogger(logs),
    begin: (arrived) => createDataConnection({ ...arrived, acceptor: null, sessionPeer: arrived.peer, closed() {} }),
    ...more,
  });
  t.teardown(() => port[Symbol.dispose]());
  return { port, logs };
}

/** A port that somebody else has. */
async function takenPort(t: Test): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

const only = (port: number): PortRange => ({ first: port, last: port });

t.test('takes one connection, and is closed then', async (t) => {
  const { port } = await open(t);
  t.equal(port.local.address, '127.0.0.1');
  t.equal(port.local.family, 'IPv4');
  const peer = await dial(port.local.port);
  await using data = await port.accept(soon);
  t.same(data.peer, { address: '127.0.0.1', port: peer.port, family: 'IPv4' });
  t.same(data.local, port.local);
  await t.rejects(dial(port.local.port), { code: 'ECONNREFUSED' });
  peer.socket.destroy();
});

t.test('a peer that comes before it is waited for is kept', async (t) => {
  const { port } = await open(t);
  const peer = await dial(port.local.port);
  await peer.write('early');
  await using data = await port.accept(soon);
  peer.end();
  const chunks: string[] = [];
  await data.receive(async (chunk) => void chunks.push(chunk.toString()), never);
  t.same(chunks, ['early']);
});

t.test('somebody else is closed, told of once, and not in the way of the peer', async (t) => {
  const { port, logs } = await open(t, { address: '127.0.0.1', peers: ['127.0.0.1'] });
  for (const address of ['127.0.0.2', '127.0.0.3']) {
    const stranger = await dialFrom(address, port.local.port);
    await once(stranger, 'close');
  }
  const peer = await dial(port.local.port);
  await using data = await port.accept(soon);
  t.equal(data.peer.port, peer.port);
  t.same(
    logs.map(({ severity, fields }) => [severity, fields]),
    [['notice', { stranger: '127.0.0.2' }]],
  );
  peer.socket.destroy();
});

t.test('gives the port that is free of the range', async (t) => {
  const taken = await takenPort(t);
  const range = taken === 65_535 ? { first: taken - 1, last: taken } : { first: taken, last: taken + 1 };
  for (let round = 0; round < 4; round++) {
    const { port } = await open(t, { ports: range });
    t.equal(port.local.port, taken === 65_535 ? taken - 1 : taken + 1);
    port[Symbol.dispose]();
  }
});

t.test('says to try again later when all of the range are taken', async (t) => {
  const taken = await takenPort(t);
  await t.rejects(open(t, { ports: only(taken) }), new TemporaryError('all ports for data connections are in use'));
});

t.test('ports of one range are given once each, to many at once', async (t) => {
  const first = 42_000 + (process.pid % 2_000) * 10;
  const ports = await Promise.all(
    Array.from({ length: 8 }, async () => (await open(t, { ports: { first, last: first + 63 } })).port.local.port),
  );
  t.equal(new Set(ports).size, 8);
  t.ok(ports.every((port) => port >= first && port <= first + 63));
});

t.test('nobody is waited for longer than is said', async (t) => {
  const { port } = await open(t);
  await t.rejects(port.accept({ timeoutMs: 1, signal: never }), new PeerError('nobody came to the data port in time'));
  await t.rejects(dial(port.local.port), { code: 'ECONNREFUSED' });
});

t.test('a signal ends the waiting with its reason', async (t) => {
  const { port } = await open(t);
  const controller = new AbortController();
  const accepted = port.accept({ timeoutMs: 30_000, signal: controller.signal });
  controller.abort('kick');
  t.equal(await accepted.catch((reason: unknown) => reason), 'kick');
  t.equal(await port.accept({ timeoutMs: 1, signal: controller.signal }).catch((reason: unknown) => reason), 'kick');
  await t.rejects(dial(port.local.port), { code: 'ECONNREFUSED' });
});

t.test('closed before anybody asks, it drops who has come', async (t) => {
  const { promise: come, resolve } = Promise.withResolvers<void>();
  const { port } = await open(t, {
    begin(arrived) {
      resolve();
      return createDataConnection({ ...arrived, acceptor: null, sessionPeer: arrived.peer, closed() {} });
    },
  });
  const peer = await dial(port.local.port);
  await come;
  port[Symbol.dispose]();
  port[Symbol.dispose]();
  t.equal((await peer.rest()).length, 0);
});

t.test('over IPv6', async (t) => {
  const { port } = await open(t, { address: '::1', peers: ['::1'] }).catch(() => ({ port: null }));
  if (port === null) return void t.pass('there is no IPv6 on this machine');
  t.same([port.local.address, port.local.family], ['::1', 'IPv6']);
});
