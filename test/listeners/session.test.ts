import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import tls, { type TLSSocket } from 'node:tls';

import t, { type Test } from 'tap';

import type { Session } from '../../src/contract/session.ts';
import type { LiveSession } from '../../src/listeners/session.ts';
import { createStreamListener } from '../../src/listeners/stream.ts';
import { createTlsAcceptor, type TlsAcceptor } from '../../src/listeners/tls.ts';
import { pem } from '../config/pem.ts';
import { dial, type Peer } from '../support/dial.ts';
import { listen, type Listening, type ListenOptions } from '../support/listen.ts';
import { servicePlan } from '../support/plans.ts';

type Connection = (session: Session) => Promise<void> | void;

const listenFor = (t: Test, connection: Connection, more: Partial<ListenOptions> = {}): Promise<Listening> =>
  listen(t, createStreamListener, { service: { connection }, ...more });

function acceptor(): TlsAcceptor {
  return createTlsAcceptor({
    pairs: [{ cert: pem.goodCert, key: pem.goodKey }],
    plan: { minVersion: 'TLSv1.2', clientCertificate: 'none' },
    clientCa: null,
    ticketKeys: randomBytes(48),
  });
}

/** The peer's side of a handshake on a connection that is open already. */
async function secure(peer: Peer): Promise<TLSSocket> {
  const secured = tls.connect({ socket: peer.socket, rejectUnauthorized: false, servername: 'good.example' });
  secured.on('error', () => {});
  await once(secured, 'secureConnect');
  return secured;
}

async function line(socket: NodeJS.ReadableStream): Promise<string> {
  return String((await once(socket, 'data'))[0]);
}

/** Waits, with the timers that the test moves, until nothing more happens by itself. */
async function quiet(): Promise<void> {
  for (let round = 0; round < 10; round++) await turn();
}

function fakeTimers(t: Test): (ms: number) => Promise<void> {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  return async (ms) => {
    await quiet();
    mock.timers.tick(ms);
    await quiet();
  };
}

t.test('what is shown of a session', async (t) => {
  const { port, events, sessions, logs } = await listenFor(t, async ({ log, stream }) => {
    log.info('hello');
    await line(stream);
    stream.write('answer');
    await once(stream, 'end');
  });
  const peer = await dial(port);
  await peer.write('ask');
  await peer.bytes(6);
  const { session } = await events.next('started');
  const { started, ...report } = (sessions.get(session.id) as LiveSession).report();
  t.same(report, {
    id: session.id,
    service: 'test',
    peer: `127.0.0.1:${peer.port}`,
    local: `127.0.0.1:${port}`,
    account: null,
    tls: null,
    bytes: { in: 3, out: 6 },
    state: 'active',
  });
  t.match(started, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.same(logs, [
    { severity: 'info', message: 'hello', fields: { session: session.id, peer: `127.0.0.1:${peer.port}` } },
  ]);
  const live = sessions.get(session.id) as LiveSession;
  live.isDraining = true;
  t.equal(live.report().state, 'draining');
});

t.test('the signal tells the reason, however late it is asked for', async (t) => {
  const { port, events, sessions } = await listenFor(t, ({ stream }) => once(stream, 'end').then(() => {}));
  const peer = await dial(port);
  const { session } = await events.next('started');
  const live = sessions.get(session.id) as LiveSession;
  live.abort('kick');
  t.equal(live.signal.aborted, true);
  t.equal(live.signal.reason, 'kick');
  live.abort('drain');
  t.equal(live.signal.reason, 'kick', 'the first reason is the one');
  peer.end();
  t.equal((await events.next('ended')).reason, 'kick');
});

t.test('the signal is aborted at the end of every session, so that nothing waits for it in vain', async (t) => {
  const signals: AbortSignal[] = [];
  const { port, events } = await listenFor(t, ({ signal }) => void signals.push(signal));
  (await dial(port)).end();
  await events.next('ended');
  t.equal(signals[0]?.aborted, true);
  t.equal(signals[0]?.reason, 'end');
});

t.test('who does not take the hint is dropped a second after it', async (t) => {
  const { port, events, sessions } = await listenFor(t, async () => {
    await new Promise(() => {});
  });
  const peer = await dial(port);
  const { session } = await events.next('started');
  const wait = fakeTimers(t);
  sessions.get(session.id)?.abort('kick');
  t.equal((await peer.rest()).toString(), '');
  await wait(999);
  t.equal(events.count('ended'), 0);
  await wait(1);
  t.equal((await events.next('ended')).reason, 'kick');
});

t.test('who terminates a session does not wait', async (t) => {
  const { port, events, sessions } = await listenFor(t, async () => {
    await new Promise(() => {});
  });
  await dial(port);
  const { session } = await events.next('started');
  sessions.get(session.id)?.terminate('drain');
  t.equal((await events.next('ended')).reason, 'drain');
});

t.test('a peer that does not close after us is dropped five seconds later', async (t) => {
  const wait = fakeTimers(t);
  const { port, events } = await listenFor(t, ({ stream }) => void stream.write('bye'));
  const peer = await dial(port);
  t.equal((await peer.rest()).toString(), 'bye');
  await wait(4_999);
  t.equal(events.count('ended'), 0);
  await wait(1);
  t.equal((await events.next('ended')).reason, 'end');
});

t.test('a slow peer gets all that was written, however long it takes', async (t) => {
  const wait = fakeTimers(t);
  const size = 32 << 20;
  const { port, events } = await listenFor(t, ({ stream }) => void stream.end(Buffer.alloc(size)));
  const peer = await dial(port);
  await peer.bytes(1);
  await wait(60_000);
  t.equal(events.count('ended'), 0);
  t.equal((await peer.rest()).length, size - 1);
  peer.end();
  t.equal((await events.next('ended')).reason, 'end');
});

t.test('a session longer than its limit is over while its last words go out as well', async (t) => {
  const wait = fakeTimers(t);
  const plan = { limits: { ...servicePlan().limits, session: 60_000 } };
  const { port, events } = await listenFor(t, ({ stream }) => void stream.end(Buffer.alloc(32 << 20)), { plan });
  const peer = await dial(port);
  await peer.bytes(1);
  await wait(60_000);
  await wait(1_000);
  t.equal((await events.next('ended')).reason, 'session');
});

t.test('TLS from the first byte', async (t) => {
  const { port, events, sessions } = await listenFor(
    t,
    async ({ stream }) => {
      stream.write(`you said ${await line(stream)}`);
      await once(stream, 'end');
    },
    { tls: acceptor(), listen: { kind: 'tls' } },
  );
  const socket = await secure(await dial(port));
  socket.write('hello');
  t.equal(await line(socket), 'you said hello');
  const { session } = await events.next('started');
  t.match(session.tls, { protocol: 'TLSv1.3', serverName: 'good.example', subject: null });
  t.equal(session.descriptor, null);
  t.equal(sessions.get(session.id)?.report().tls, 'TLSv1.3');
  socket.end();
  const ended = await events.next('ended');
  t.equal(ended.reason, 'end');
  t.same(ended.session.bytes, { in: 5, out: 14 }, 'what was said, not what it took');
});

t.test('what is no TLS is refused before it is a session, and gives back its place', async (t) => {
  const { port, events } = await listenFor(t, ({ stream }) => void stream.end('in'), {
    tls: acceptor(),
    listen: { kind: 'tls' },
    plan: { limits: { ...servicePlan().limits, connections: 1 } },
  });
  for (let round = 0; round < 2; round++) {
    const peer = await dial(port);
    await peer.write('GET / HTTP/1.0\r\n\r\n');
    t.equal((await events.next('refused')).reason, 'tls');
    await peer.rest().catch(() => {});
  }
  t.equal(events.count('started'), 0);
  t.equal(await line(await secure(await dial(port))), 'in');
});

t.test('a service that throws over TLS ends that session and nothing else', async (t) => {
  const { port, events } = await listenFor(
    t,
    async () => {
      throw new Error('out of order');
    },
    { tls: acceptor(), listen: { kind: 'tls' } },
  );
  const socket = await secure(await dial(port));
  socket.resume();
  t.match((await events.next('failed')).error, { message: 'out of order' });
  t.equal((await events.next('ended')).reason, 'error');
});

/** As STARTTLS goes: a line in clear, a line back, the handshake, and the rest is secret. */
async function startTls({ stream, ...session }: Session, start: () => Promise<void>): Promise<void> {
  t.equal(session.tls, null);
  await line(stream);
  (stream as Socket).pause();
  stream.write('go ahead\r\n');
  await start();
}

t.test('TLS in the middle of a session', async (t) => {
  const { port, events, sessions } = await listenFor(
    t,
    async (session) => {
      t.equal(session.canStartTls, true);
      await startTls(session, () => session.startTls());
      t.equal(session.canStartTls, false);
      session.stream.write(`you said ${await line(session.stream)}`);
      await once(session.stream, 'end');
    },
    { tls: acceptor(), idleMs: 60_000 },
  );
  const peer = await dial(port);
  await peer.write('STARTTLS\r\n');
  await peer.bytes(10);
  const socket = await secure(peer);
  socket.write('hello');
  t.equal(await line(socket), 'you said hello');
  const { session } = await events.next('started');
  t.equal(session.tls?.protocol, 'TLSv1.3');
  t.equal(sessions.get(session.id)?.report().tls, 'TLSv1.3');
  socket.end();
  const ended = await events.next('ended');
  t.equal(ended.reason, 'end');
  t.same(ended.session.bytes, { in: 15, out: 24 }, 'in clear and in secret');
  t.equal(events.count('ended'), 1);
});

t.test('text in clear behind the command is not taken for what comes after the handshake', async (t) => {
  const { port, events } = await listenFor(
    t,
    async (session) => {
      const { stream } = session;
      // One line is read and the rest left, as by a protocol that reads line by line.
      await once(stream, 'readable');
      stream.unshift((stream.read() as Buffer).subarray('STARTTLS\r\n'.length));
      await session.startTls();
    },
    { tls: acceptor() },
  );
  const peer = await dial(port);
  await peer.write('STARTTLS\r\nMAIL FROM:<evil@example>\r\n');
  t.match((await events.next('failed')).error, {
    name: 'PeerError',
    message: 'text was sent in clear behind the command that starts TLS',
  });
  t.equal((await events.next('ended')).reason, 'error');
});

t.test('a handshake that fails in the middle of a session ends it', async (t) => {
  const { port, events, sessions } = await listenFor(t, (session) => startTls(session, () => session.startTls()), {
    tls: acceptor(),
  });
  for (const misbehave of [
    (peer: Peer) => void peer.write('EHLO me\r\n').catch(() => {}),
    (peer: Peer) => peer.end(),
    (peer: Peer) => peer.reset(),
  ]) {
    const peer = await dial(port);
    await peer.write('STARTTLS\r\n');
    await peer.bytes(10);
    misbehave(peer);
    t.equal((await events.next('ended')).reason, 'error');
    t.equal(sessions.size, 0);
  }
});

t.test('without a certificate there is no TLS to start', async (t) => {
  const { port, events } = await listenFor(t, (session) => session.startTls());
  // The reset may come as early as the connection.
  connect(port, '127.0.0.1').on('error', () => {});
  t.match((await events.next('failed')).error, { message: 'service test has no certificate' });
  t.equal((await events.next('ended')).reason, 'error');
});
