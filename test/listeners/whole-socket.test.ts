import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';
import { BoundSocket, connect } from 'node:net';

import t, { type Test } from 'tap';

import type { Transport } from '../../src/contract/service.ts';
import type { Service, ServiceSocket } from '../../src/contract/service.ts';
import { createDescriptorGuard } from '../../src/listeners/descriptor-guard.ts';
import type { Listener } from '../../src/listeners/listener.ts';
import { createWholeSocket } from '../../src/listeners/whole-socket.ts';
import { createSessionTable } from '../../src/listeners/session-table.ts';
import { libc } from '../../src/system/libc.ts';
import { bindDatagram, localAddress } from '../../src/system/sockets.ts';
import { createFakeLogger } from '../support/fake-session.ts';
import { admissionOf, createRecorder, type Recorder } from '../support/listen.ts';
import { listenPlan, servicePlan } from '../support/plans.ts';

if (libc === null) {
  t.plan(0, 'needs node:ffi');
  process.exit(0);
}

interface Given {
  readonly port: number;
  readonly fd: number;
  readonly events: Recorder;
  readonly listener: Listener;
}

/** A socket as the master binds it, given whole to a service. */
async function give(t: Test, transport: Transport, socket: Service['socket']): Promise<Given> {
  const { fd, port } = transport === 'stream' ? bindStream(t) : bindUdp(t);
  const events = createRecorder();
  const plan = servicePlan();
  const listener = await createWholeSocket(
    {
      fd,
      local: { address: '127.0.0.1', port, family: 'IPv4' },
      plan,
      listen: listenPlan(`${transport === 'stream' ? 'tcp' : 'udp'}://127.0.0.1:${port}`),
      service: socket === undefined ? {} : { socket },
      admission: admissionOf(plan),
      idleMs: null,
      tls: null,
      sessions: createSessionTable(),
      events,
      guard: createDescriptorGuard({ limit: 1000, onPause() {}, onResume() {} }),
      log: createFakeLogger([]),
      authenticate: async () => null,
    },
    transport,
  );
  return { port, fd, events, listener };
}

function bindStream(t: Test): { fd: number; port: number } {
  const bound = new BoundSocket({ host: '127.0.0.1', port: 0 });
  t.teardown(() => bound.close());
  return { fd: bound.fd(), port: bound.address().port };
}

function bindUdp(t: Test): { fd: number; port: number } {
  const fd = bindDatagram({ host: '127.0.0.1', port: 0 });
  t.teardown(() => fs.closeSync(fd));
  return { fd, port: localAddress(fd).port };
}

t.test('a stream socket listens, and nothing is accepted', async (t) => {
  const taken = Promise.withResolvers<ServiceSocket>();
  const { port, fd, listener } = await give(t, 'stream', (socket) => taken.resolve(socket));
  const socket = await taken.promise;
  t.match(socket, { transport: 'stream', local: { address: '127.0.0.1', port, family: 'IPv4' } });
  t.not(socket.fd, fd, 'it is a descriptor of its own');
  t.same(localAddress(socket.fd), { address: '127.0.0.1', port, family: 'IPv4' });
  const peer = connect(port, '127.0.0.1');
  peer.on('error', () => {});
  await once(peer, 'connect');
  await socket.readable(new AbortController().signal);
  t.pass('it is known that somebody waits');
  peer.destroy();
  await listener.close();
});

t.test('a datagram socket tells that something came, and leaves it there', async (t) => {
  const taken = Promise.withResolvers<ServiceSocket>();
  const { port, listener } = await give(t, 'datagram', (socket) => taken.resolve(socket));
  const socket = await taken.promise;
  t.equal(socket.transport, 'datagram');
  const peer = createSocket('udp4');
  peer.send('hello', port, '127.0.0.1', () => peer.close());
  await socket.readable(new AbortController().signal);
  const buffer = Buffer.alloc(64);
  t.equal(buffer.toString('utf8', 0, fs.readSync(socket.fd, buffer)), 'hello');
  await listener.close();
});

t.test('waiting ends with the signal', async (t) => {
  const taken = Promise.withResolvers<ServiceSocket>();
  const { listener } = await give(t, 'stream', (socket) => taken.resolve(socket));
  const abortion = new AbortController();
  const waiting = (await taken.promise).readable(abortion.signal);
  abortion.abort(new Error('drain'));
  await t.rejects(waiting, { message: 'drain' });
  await listener.close();
});

t.test('closing waits for the service, and only then is the descriptor closed', async (t) => {
  const taken = Promise.withResolvers<ServiceSocket>();
  const done = Promise.withResolvers<void>();
  const { listener, fd } = await give(t, 'stream', (socket) => {
    taken.resolve(socket);
    return done.promise;
  });
  const socket = await taken.promise;
  let isClosed = false;
  const closed = listener.close().then(() => (isClosed = true));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(isClosed, false);
  t.doesNotThrow(() => fs.fstatSync(socket.fd));
  done.resolve();
  await closed;
  t.throws(() => fs.fstatSync(socket.fd), { code: 'EBADF' });
  t.doesNotThrow(() => fs.fstatSync(fd), 'the inherited one is not ours to close');
});

t.test('what the service throws is told, and costs nothing else', async (t) => {
  for (const socket of [
    () => {
      throw new Error('no program');
    },
    () => Promise.reject(new Error('no program')),
  ]) {
    const { listener, events, port } = await give(t, 'stream', socket);
    t.match(await events.next('errored'), { peer: { port }, error: { message: 'no program' } });
    await listener.close();
  }
});
