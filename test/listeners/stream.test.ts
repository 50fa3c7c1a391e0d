import { once } from 'node:events';
import fs from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { PeerError } from '../../src/contract/errors.ts';
import type { Service } from '../../src/contract/service.ts';
import type { Session } from '../../src/contract/session.ts';
import { createDescriptorGuard, type DescriptorGuard, type Pausable } from '../../src/listeners/descriptor-guard.ts';
import type { Listener, ListenerOptions } from '../../src/listeners/listener.ts';
import { createStreamListener } from '../../src/listeners/stream.ts';
import echo from '../../src/services/echo.ts';
import { libc } from '../../src/system/libc.ts';
import { duplicate } from '../../src/system/sockets.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { dial } from '../support/dial.ts';
import { admissionOf, listen, type Listening, type ListenOptions } from '../support/listen.ts';
import { servicePlan } from '../support/plans.ts';
import { shortFolder } from '../system/short-folder.ts';

const needsLibc = libc === null ? { skip: 'needs node:ffi' } : {};

const echoService = await echo.create({}, createFakeContext());

const listenStream = (t: Test, options: ListenOptions): Promise<Listening> => listen(t, createStreamListener, options);

/** A service that does this with each connection. */
function serving(connection: (session: Session) => Promise<void> | void): Service {
  return { connection };
}

const limitsOf = (more: object): Partial<ReturnType<typeof servicePlan>> => ({
  limits: { ...servicePlan().limits, ...more },
});

t.test('a connection is served, and its end is told once with what went over it', async (t) => {
  const { port, events, sessions } = await listenStream(t, { service: echoService });
  const peer = await dial(port);
  await peer.write('hello');
  t.equal((await peer.bytes(5)).toString(), 'hello');
  const { session } = await events.next('started');
  t.match(session, {
    service: 'test',
    peer: { address: '127.0.0.1', port: peer.port, family: 'IPv4' },
    local: { address: '127.0.0.1', port, family: 'IPv4' },
    tls: null,
  });
  t.match(session.id, /^[0-9a-z]{12}$/);
  t.equal(sessions.get(session.id), session);
  peer.end();
  t.equal((await peer.rest()).toString(), '');
  const ended = await events.next('ended');
  t.equal(ended.session, session);
  t.equal(ended.reason, 'end');
  t.same(ended.session.bytes, { in: 5, out: 5 });
  t.ok(ended.seconds >= 0 && ended.seconds < 60);
  t.equal(sessions.size, 0);
  t.same(
    events.seen.map((one) => one.event),
    ['started', 'ended'],
  );
});

t.test('a half-closed connection is served to its end', async (t) => {
  const { port } = await listenStream(t, { service: echoService });
  const peer = await dial(port);
  await peer.write('x'.repeat(300_000));
  peer.end();
  t.equal((await peer.rest()).length, 300_000);
});

t.test('a service that returns closes politely: the peer gets all, and may still send', async (t) => {
  const { port, events } = await listenStream(t, {
    service: serving(({ stream }) => void stream.write('bye\r\n')),
  });
  const peer = await dial(port);
  t.equal((await peer.rest()).toString(), 'bye\r\n');
  await peer.write('x'.repeat(100_000));
  t.equal(events.count('ended'), 0, 'the peer has its own time to close');
  peer.end();
  t.equal((await events.next('ended')).reason, 'end');
  t.equal(events.count('failed'), 0);
});

t.test('a service that returns at once with much to send still sends all of it', async (t) => {
  const { port, events } = await listenStream(t, {
    service: serving(({ stream }) => void stream.end(Buffer.alloc(8 << 20))),
  });
  const peer = await dial(port);
  t.equal((await peer.rest()).length, 8 << 20);
  peer.end();
  t.same((await events.next('ended')).session.bytes, { in: 0, out: 8 << 20 });
});

t.test('what a service throws is told once; who got a part sees a reset, who got nothing an end', async (t) => {
  const problem = new Error('out of order');
  for (const [service, seen] of [
    [
      serving(() => {
        throw problem;
      }),
      'end',
    ],
    [
      serving(async ({ stream }) => {
        stream.resume().write('the first half');
        throw problem;
      }),
      'ECONNRESET',
    ],
  ] as const) {
    const { port, events, sessions } = await listenStream(t, { service });
    const peer = connect(port, '127.0.0.1').resume();
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    // The reset may come as early as the connection.
    peer.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    peer.once('end', () => resolve('end'));
    t.equal(await promise, seen);
    const failed = await events.next('failed');
    t.equal(failed.error, problem);
    const ended = await events.next('ended');
    t.equal(ended.reason, 'error');
    t.equal(ended.session, failed.session);
    t.equal(events.count('failed'), 1);
    t.equal(sessions.size, 0);
  }
});

t.test('a service that throws after its last word is over as well', async (t) => {
  const { port, events } = await listenStream(t, {
    service: serving(async ({ stream }) => {
      stream.end('bye\r\n');
      throw new Error('out of order');
    }),
  });
  const peer = await dial(port);
  await peer.rest().catch(() => {});
  await events.next('failed');
  t.equal((await events.next('ended')).reason, 'error');
});

t.test('a peer that is at fault is told as such', async (t) => {
  const { port, events } = await listenStream(t, {
    service: serving(async () => {
      throw new PeerError('line too long');
    }),
  });
  connect(port, '127.0.0.1').on('error', () => {});
  t.match((await events.next('failed')).error, { name: 'PeerError', message: 'line too long' });
  t.equal((await events.next('ended')).reason, 'error');
});

t.test('a reset ends the session with reason "error", and what the service says to it is no news', async (t) => {
  const { port, events } = await listenStream(t, {
    service: serving(async ({ stream }) => {
      for await (const _chunk of stream) await once(stream, 'never');
    }),
  });
  const peer = await dial(port);
  await peer.write('hello');
  await events.next('started');
  peer.reset();
  t.equal((await events.next('ended')).reason, 'error');
  t.equal(events.count('failed'), 0);
});

t.test('a peer that connects and leaves at once costs nothing', async (t) => {
  const { port, events, sessions } = await listenStream(t, { service: echoService });
  for (let round = 0; round < 3; round++) {
    const peer = await dial(port);
    peer.reset();
    await events.next('ended');
  }
  t.equal(sessions.size, 0);
  t.equal(events.count('failed') + events.count('errored'), 0);
});

t.test('who is idle is asked to leave, and the service hears why', async (t) => {
  const heard = Promise.withResolvers<unknown>();
  const { port, events } = await listenStream(t, {
    idleMs: 30,
    service: serving(async ({ stream, signal }) => {
      await once(signal, 'abort');
      heard.resolve(signal.reason);
      stream.end('too slow\r\n');
    }),
  });
  const peer = await dial(port);
  t.equal(await heard.promise, 'idle');
  peer.end();
  t.equal((await events.next('ended')).reason, 'idle');
});

t.test('a session that has lasted long enough ends', async (t) => {
  const { port, events } = await listenStream(t, { service: echoService, plan: limitsOf({ session: 30 }) });
  const peer = await dial(port);
  t.equal((await peer.rest()).toString(), '');
  peer.end();
  t.equal((await events.next('ended')).reason, 'session');
});

t.test('a kick ends a session', async (t) => {
  const { port, events, sessions } = await listenStream(t, { service: echoService });
  const peer = await dial(port);
  const { session } = await events.next('started');
  sessions.get(session.id)?.abort('kick');
  t.equal((await peer.rest()).toString(), '', 'the peer sees an orderly end');
  peer.end();
  t.equal((await events.next('ended')).reason, 'kick');
  t.equal(session.signal.reason, 'kick');
  t.equal(events.count('failed'), 0);
});

t.test('what a service throws because it was kicked is no news', async (t) => {
  const { port, events, sessions } = await listenStream(t, {
    service: serving(async ({ signal }) => {
      await once(signal, 'abort');
      throw new Error('aborted');
    }),
  });
  await dial(port);
  const { session } = await events.next('started');
  sessions.get(session.id)?.abort('kick');
  t.equal((await events.next('ended')).reason, 'kick');
  t.equal(events.count('failed'), 0);
});

t.test('one connection too many is refused, with the banner', async (t) => {
  const plan = { ...limitsOf({ connections: 1 }), banner: 'come back later' };
  const { port, events } = await listenStream(t, { service: echoService, plan });
  const first = await dial(port);
  await events.next('started');
  const second = await dial(port);
  t.equal((await second.rest()).toString(), 'come back later\r\n');
  const refused = await events.next('refused');
  t.match(refused, {
    reason: 'connections',
    peer: { address: '127.0.0.1', port: second.port, family: 'IPv4' },
    local: { address: '127.0.0.1', port, family: 'IPv4' },
  });
  first.end();
  await events.next('ended');
  const third = await dial(port);
  await third.write('hi');
  t.equal((await third.bytes(2)).toString(), 'hi', 'a place became free');
});

t.test('a banner with a line ending of its own goes out as it is, none leaves silence', async (t) => {
  for (const [banner, sent] of [
    ['no\n', 'no\n'],
    ['-ERR no\r\n.\r\n', '-ERR no\r\n.\r\n'],
    [null, ''],
  ] as const) {
    const { port } = await listenStream(t, { service: echoService, plan: { ...limitsOf({ connections: 0 }), banner } });
    const peer = await dial(port);
    t.equal((await peer.rest().catch(() => Buffer.alloc(0))).toString(), sent);
  }
});

t.test('a verdict that takes its time keeps the connection waiting, and no bytes get lost', async (t) => {
  const asked = Promise.withResolvers<void>();
  const verdict = Promise.withResolvers<null>();
  const { port } = await listenStream(t, {
    service: echoService,
    admission: {
      admit() {
        asked.resolve();
        return verdict.promise;
      },
      release() {},
      admitDatagram: () => null,
    },
  });
  const peer = await dial(port);
  await peer.write('early');
  await asked.promise;
  verdict.resolve(null);
  t.equal((await peer.bytes(5)).toString(), 'early');
});

t.test('who leaves while the verdict is out gives back its place', async (t) => {
  const asked = Promise.withResolvers<void>();
  const verdict = Promise.withResolvers<null>();
  const released = Promise.withResolvers<void>();
  const { port, events } = await listenStream(t, {
    service: echoService,
    admission: {
      admit() {
        asked.resolve();
        return verdict.promise;
      },
      release: () => released.resolve(),
      admitDatagram: () => null,
    },
  });
  const peer = await dial(port);
  await asked.promise;
  peer.reset();
  await once(peer.socket, 'close');
  // The listener's own end has heard of it by now as well, or will begin a session that ends at once.
  await new Promise((resolve) => setImmediate(resolve));
  verdict.resolve(null);
  await released.promise;
  t.equal(events.count('started'), events.count('ended'));
});

t.test('a lookup that fails drops the connection and is told', async (t) => {
  const problem = new Error('resolver broke');
  const { port, events } = await listenStream(t, {
    service: echoService,
    admission: { admit: () => Promise.reject(problem), release() {}, admitDatagram: () => null },
  });
  const peer = await dial(port);
  t.equal((await events.next('errored')).error, problem);
  await peer.rest().catch(() => {});
});

t.test('a PROXY header of a trusted proxy names the peer', async (t) => {
  const { port, events } = await listenStream(t, {
    service: echoService,
    listen: { proxyProtocol: ['127.0.0.0/8'] },
  });
  const proxy = await dial(port);
  await proxy.write('PROXY TCP4 192.0.2.1 198.51.100.1 4711 25\r\nhello');
  t.equal((await proxy.bytes(5)).toString(), 'hello', 'what came behind the header is the peer speaking');
  const { session } = await events.next('started');
  t.match(session, {
    peer: { address: '192.0.2.1', port: 4711, family: 'IPv4' },
    local: { address: '198.51.100.1', port: 25, family: 'IPv4' },
  });
  proxy.end();
  t.equal((await proxy.rest()).toString(), '');
});

t.test('limits and access go by the peer that the proxy names', async (t) => {
  const admitted: string[] = [];
  const { port, events } = await listenStream(t, {
    service: echoService,
    listen: { proxyProtocol: ['127.0.0.0/8'] },
    admission: {
      admit({ address }) {
        admitted.push(address);
        return 'access';
      },
      release() {},
      admitDatagram: () => null,
    },
  });
  const proxy = await dial(port);
  await proxy.write('PROXY TCP4 192.0.2.1 198.51.100.1 4711 25\r\n');
  t.match(await events.next('refused'), { reason: 'access', peer: { address: '192.0.2.1', port: 4711 } });
  t.same(admitted, ['192.0.2.1']);
});

t.test('a proxy that speaks for itself is the peer', async (t) => {
  const { port, events } = await listenStream(t, { service: echoService, listen: { proxyProtocol: ['127.0.0.1'] } });
  const proxy = await dial(port);
  await proxy.write('PROXY UNKNOWN\r\n');
  const { session } = await events.next('started');
  t.match(session, { peer: { address: '127.0.0.1', port: proxy.port }, local: { port } });
});

t.test('a trusted proxy without a header is refused', async (t) => {
  const { port, events } = await listenStream(t, { service: echoService, listen: { proxyProtocol: ['127.0.0.1'] } });
  const proxy = await dial(port);
  await proxy.write('EHLO me\r\n');
  t.match(await events.next('refused'), { reason: 'access', peer: { address: '127.0.0.1', port: proxy.port } });
  await proxy.rest().catch(() => {});
  t.equal(events.count('started') + events.count('errored'), 0);
});

t.test('from anybody else a PROXY header is what the peer says, no more', async (t) => {
  const { port, events } = await listenStream(t, { service: echoService, listen: { proxyProtocol: ['192.0.2.0/24'] } });
  const peer = await dial(port);
  const header = 'PROXY TCP4 192.0.2.1 198.51.100.1 4711 25\r\n';
  await peer.write(header);
  t.equal((await peer.bytes(header.length)).toString(), header);
  const { session } = await events.next('started');
  t.match(session.peer, { address: '127.0.0.1', port: peer.port });
});

t.test('close takes nothing new, sessions go on, and what is bound stays bound', needsLibc, async (t) => {
  const { port, listener } = await listenStream(t, { service: echoService });
  const before = await dial(port);
  await before.write('a');
  await before.bytes(1);
  await listener.close();
  // It waits in the kernel: the socket belongs to whoever bound it.
  const after = await dial(port);
  await before.write('still here');
  t.equal((await before.bytes(10)).toString(), 'still here');
  after.reset();
});

t.test('close waits for connections on their way through admission', async (t) => {
  const asked = Promise.withResolvers<void>();
  const verdict = Promise.withResolvers<null>();
  const { port, listener, sessions } = await listenStream(t, {
    service: echoService,
    admission: {
      admit() {
        asked.resolve();
        return verdict.promise;
      },
      release() {},
      admitDatagram: () => null,
    },
  });
  const peer = await dial(port);
  await asked.promise;
  let isClosed = false;
  const closed = listener.close().then(() => (isClosed = true));
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(isClosed, false);
  verdict.resolve(null);
  await closed;
  t.equal(sessions.size, 1, 'it was accepted, so it has become a session');
  await peer.write('served');
  t.equal((await peer.bytes(6)).toString(), 'served');
});

t.test('out of descriptors the listener pauses, and who waits meanwhile is served later', needsLibc, async (t) => {
  const paused = Promise.withResolvers<void>();
  // Every descriptor is too high for this guard until it has seen sixteen sessions end.
  const guard = createDescriptorGuard({ limit: 0, reserve: 0, onPause: () => paused.resolve(), onResume() {} });
  const { port, events } = await listenStream(t, { service: echoService, guard });
  const first = await dial(port);
  await first.write('one');
  t.equal((await first.bytes(3)).toString(), 'one', 'the last one that fits is served');
  await paused.promise;
  const second = await dial(port);
  await second.write('two');
  await first.write('more');
  await first.bytes(4);
  t.equal(events.count('started'), 1, 'the second waits in the kernel');
  for (let index = 0; index < 16; index++) guard.released();
  t.equal((await second.bytes(3)).toString(), 'two');
});

// It was an unhandled rejection, which ends the worker.
t.test('a listener that finds no descriptor to open again with is looked after by the guard', needsLibc, async (t) => {
  let isShort = false;
  let pausable: Pausable | undefined;
  const exhausted = Promise.withResolvers<void>();
  const guard: DescriptorGuard = {
    check() {},
    released() {},
    exhausted: () => exhausted.resolve(),
    register(registered) {
      pausable = registered;
      return () => {};
    },
  };
  const create = (options: ListenerOptions): Promise<Listener> => {
    const { fd } = options;
    return createStreamListener({
      ...options,
      get fd() {
        return isShort ? -1 : fd;
      },
    });
  };
  const { port } = await listen(t, create, { service: echoService, guard });
  pausable?.pause();
  isShort = true;
  pausable?.resume();
  await exhausted.promise;
  const peer = await dial(port);
  await peer.write('patience');
  isShort = false;
  pausable?.resume();
  t.equal((await peer.bytes(8)).toString(), 'patience');
});

t.test('an address for TLS is never served without', async (t) => {
  await t.rejects(listenStream(t, { service: echoService, listen: { kind: 'tls', text: 'tls://127.0.0.1:0' } }), {
    message: 'tls://127.0.0.1:0 has no certificate',
  });
});

t.test('a program takes the accepted socket over', needsLibc, async (t) => {
  const program = Promise.withResolvers<{ fd: number; session: Session; done: () => void }>();
  const { port, events, sessions } = await listenStream(t, {
    service: {
      takesDescriptor: true,
      connection(session) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const fd = duplicate(session.descriptor ?? -1);
        session.handedOver();
        program.resolve({ fd, session, done: resolve });
        return promise;
      },
    },
  });
  const peer = await dial(port);
  await peer.write('for the program');
  const { fd, session, done } = await program.promise;
  const buffer = Buffer.alloc(64);
  const length = await readFrom(fd, buffer);
  t.equal(buffer.toString('latin1', 0, length), 'for the program', 'nothing was read before');
  fs.writeSync(fd, 'from the program');
  t.equal((await peer.bytes(16)).toString(), 'from the program', 'and the connection is open without us');
  t.equal(sessions.size, 1, 'the session lasts as long as the program');
  fs.closeSync(fd);
  t.equal((await peer.rest()).toString(), '', 'its last descriptor was the last of all');
  t.equal(events.count('ended'), 0);
  done();
  const ended = await events.next('ended');
  t.equal(ended.reason, 'end');
  t.same((session as typeof ended.session).bytes, { in: null, out: null });
});

/** The descriptor does not block, so there may be nothing yet. */
async function readFrom(fd: number, buffer: Buffer): Promise<number> {
  for (;;) {
    try {
      return fs.readSync(fd, buffer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

t.test(
  'a kick reaches the service whose program has the socket, and only that ends the session',
  needsLibc,
  async (t) => {
    const { port, events, sessions } = await listenStream(t, {
      service: {
        takesDescriptor: true,
        async connection(session) {
          const fd = duplicate(session.descriptor ?? -1);
          session.handedOver();
          await once(session.signal, 'abort');
          fs.closeSync(fd);
        },
      },
    });
    const peer = await dial(port);
    const { session } = await events.next('started');
    sessions.get(session.id)?.abort('kick');
    t.equal((await peer.rest()).toString(), '');
    t.equal((await events.next('ended')).reason, 'kick');
  },
);

t.test('services that do not ask for the descriptor get none, nor do those behind a proxy', async (t) => {
  const descriptors: (number | null)[] = [];
  const connection = (session: Session): void => void descriptors.push(session.descriptor);
  const plain = await listenStream(t, { service: { connection } });
  (await dial(plain.port)).end();
  await plain.events.next('ended');
  const proxied = await listenStream(t, {
    service: { connection, takesDescriptor: true },
    listen: { proxyProtocol: ['127.0.0.1'] },
  });
  const proxy = await dial(proxied.port);
  await proxy.write('PROXY UNKNOWN\r\n');
  proxy.end();
  await proxied.events.next('ended');
  t.same(descriptors, [null, null]);
});

t.test('a unix socket', async (t) => {
  const path = join(shortFolder(t), 's');
  const { events } = await listenStream(t, { service: echoService, path });
  const socket: Socket = connect({ path });
  await once(socket, 'connect');
  socket.end('hello');
  const [data] = (await once(socket, 'data')) as [Buffer];
  t.equal(data.toString(), 'hello');
  const { session } = await events.next('started');
  t.match(session, {
    peer: { address: '', port: 0, family: 'unix' },
    local: { address: path, port: 0, family: 'unix' },
  });
  t.equal((await events.next('ended')).reason, 'end');
});

t.test('a service that throws on a unix socket ends that session and nothing else', async (t) => {
  const path = join(shortFolder(t), 's');
  const { events } = await listenStream(t, {
    path,
    service: serving(async () => {
      throw new Error('out of order');
    }),
  });
  await once(connect({ path }).resume(), 'close');
  await events.next('failed');
  t.equal((await events.next('ended')).reason, 'error');
});

t.test('per_source counts as well where it is one host', async (t) => {
  const plan = servicePlan(limitsOf({ perSource: 1 }));
  const { port, events } = await listenStream(t, { service: echoService, plan, admission: admissionOf(plan) });
  const first = await dial(port);
  await events.next('started');
  await dial(port);
  t.equal((await events.next('refused')).reason, 'per_source');
  first.reset();
  await events.next('ended');
  const again = await dial(port);
  await again.write('x');
  await again.bytes(1);
});
