import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain, createServer, type AddressInfo, type Socket } from 'node:net';
import { mock } from 'node:test';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';

import t, { type Test } from 'tap';

import type { Endpoint } from '../../src/contract/endpoint.ts';
import { PeerError } from '../../src/contract/errors.ts';
import { createTlsAcceptor, describeTls, type TlsAcceptor, type TlsAcceptorOptions } from '../../src/listeners/tls.ts';
import { pem } from '../config/pem.ts';

const good = { cert: pem.goodCert, key: pem.goodKey };
const other = { cert: pem.otherCert, key: pem.otherKey };
const peer: Endpoint = { address: '127.0.0.1', port: 4711, family: 'IPv4' };

function acceptorOf(more: Partial<TlsAcceptorOptions> = {}): TlsAcceptor {
  return createTlsAcceptor({
    pairs: [good, other],
    plan: { minVersion: 'TLSv1.2', clientCertificate: 'none' },
    clientCa: null,
    ticketKeys: randomBytes(48),
    ...more,
  });
}

/** Asks for a certificate of the peer; `other` is its own authority. */
const asking = (clientCertificate: 'optional' | 'required', clientCa: string = pem.otherCert) => ({
  plan: { minVersion: 'TLSv1.2', clientCertificate } as const,
  clientCa,
});

interface Stage {
  readonly port: number;
  /** What became of the next connection. */
  secured(): Promise<TLSSocket>;
}

/** Accepts connections and makes them secure. */
async function setUp(t: Test, acceptor: TlsAcceptor): Promise<Stage> {
  const outcomes: Promise<TLSSocket>[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    const outcome = acceptor.secure(socket, peer);
    outcome.catch(() => {});
    outcomes.push(outcome);
    server.emit('outcome');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    async secured() {
      if (outcomes.length === 0) await once(server, 'outcome');
      const socket = await (outcomes.shift() as Promise<TLSSocket>);
      socket.on('error', () => {});
      return socket;
    },
  };
}

/** A peer that trusts whom it meets. It is destroyed with the test. */
function dialTls(t: Test, port: number, options: ConnectionOptions = {}): TLSSocket {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  return socket;
}

/** Resolves when the connection is gone, with an error or without. */
function closed(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

t.test('after the handshake bytes go both ways', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  const socket = dialTls(t, port);
  const ours = await secured();
  socket.write('hello');
  t.equal(String((await once(ours, 'data'))[0]), 'hello');
  ours.end('bye');
  t.equal(String((await once(socket, 'data'))[0]), 'bye');
});

t.test('the name picks the certificate; the first is for who asks for none, or one that none has', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  for (const [servername, subject] of [
    ['good.example', 'good.example'],
    ['other.example', 'other.example'],
    ['OTHER.example', 'other.example'],
    ['nobody.example', 'good.example'],
    ['not a name', 'good.example'],
    ['x'.repeat(255), 'good.example'],
    ['', 'good.example'],
  ] as const) {
    const socket = dialTls(t, port, { servername });
    await once(socket, 'secureConnect');
    t.equal(socket.getPeerCertificate().subject.CN, subject, `"${servername.slice(0, 20)}"`);
    t.equal(describeTls(await secured()).serverName, servername === '' ? null : servername);
  }
});

t.test('what a session shows of it', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  dialTls(t, port, { servername: 'good.example', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' });
  t.same(describeTls(await secured()), {
    protocol: 'TLSv1.2',
    cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    serverName: 'good.example',
    subject: null,
  });
});

t.test('an old version is the fault of the peer', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf({ plan: { minVersion: 'TLSv1.3', clientCertificate: 'none' } }));
  dialTls(t, port, { maxVersion: 'TLSv1.2' });
  await t.rejects(secured(), { name: 'PeerError', message: /^TLS handshake failed: / });
  dialTls(t, port);
  t.equal(describeTls(await secured()).protocol, 'TLSv1.3', 'the next one is not concerned');
});

t.test('so is what is no TLS, and the connection is closed', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  const socket = connectPlain(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.0\r\n\r\n');
  await t.rejects(secured(), { name: 'PeerError', message: /^TLS handshake failed: / });
  await closed(socket);
});

t.test('so is leaving before the end of the handshake', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  for (const leave of ['end', 'resetAndDestroy'] as const) {
    const socket = connectPlain(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket[leave]();
    await t.rejects(secured(), new PeerError(''), leave);
  }
});

t.test('a peer that says nothing is not waited for longer than ten seconds', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const socket = connectPlain(port, '127.0.0.1');
  const outcome = secured();
  outcome.catch(() => {});
  await once(socket, 'connect');
  await new Promise((resolve) => setImmediate(resolve));
  mock.timers.tick(9_999);
  t.equal(socket.destroyed, false);
  mock.timers.tick(1);
  await t.rejects(outcome, { name: 'PeerError', message: 'the TLS handshake took too long' });
  await closed(socket);
});

t.test('new certificates are for the next handshake', async (t) => {
  const acceptor = acceptorOf({ pairs: [good] });
  const { port, secured } = await setUp(t, acceptor);
  const first = dialTls(t, port);
  const ours = await secured();
  acceptor.update([other]);
  const second = dialTls(t, port);
  await once(second, 'secureConnect');
  t.equal(second.getPeerCertificate().subject.CN, 'other.example');
  first.write('still here');
  t.equal(String((await once(ours, 'data'))[0]), 'still here');
  t.equal(first.getPeerCertificate().subject.CN, 'good.example');
});

t.test('a broken certificate is not taken, and the old one stays', async (t) => {
  const acceptor = acceptorOf({ pairs: [good] });
  const { port } = await setUp(t, acceptor);
  t.throws(() => acceptor.update([{ cert: pem.otherCert, key: pem.goodKey }]));
  const socket = dialTls(t, port);
  await once(socket, 'secureConnect');
  t.equal(socket.getPeerCertificate().subject.CN, 'good.example');
});

t.test('certificates of peers', async (t) => {
  for (const [wanted, given, outcome] of [
    ['optional', undefined, null],
    ['optional', other, 'CN=other.example'],
    ['optional', good, /^the peer's certificate is refused: /],
    ['required', undefined, 'the peer gave no certificate'],
    ['required', other, 'CN=other.example'],
    ['required', good, /^the peer's certificate is refused: /],
  ] as const) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      await t.test(
        `${wanted}, ${given === undefined ? 'none' : given === other ? 'a known one' : 'a strange one'}, ${maxVersion}`,
        async (t) => {
          const { port, secured } = await setUp(t, acceptorOf(asking(wanted)));
          const socket = dialTls(t, port, { maxVersion, ...given });
          if (outcome === null || outcome === 'CN=other.example') {
            t.equal(describeTls(await secured()).subject, outcome);
          } else {
            await t.rejects(secured(), { name: 'PeerError', message: outcome });
            await closed(socket);
          }
        },
      );
    }
  }
});

t.test('where none is asked for, a peer keeps its certificate to itself', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  dialTls(t, port, other);
  t.equal(describeTls(await secured()).subject, null);
});

/** A session of one acceptor, offered to another. */
async function resume(
  t: Test,
  [first, second]: readonly [TlsAcceptor, TlsAcceptor],
  options: ConnectionOptions,
): Promise<{ isReused: boolean; secured: Promise<TLSSocket> }> {
  const before = await setUp(t, first);
  const after = await setUp(t, second);
  const socket = dialTls(t, before.port, options);
  const [[ticket]] = (await Promise.all([once(socket, 'session'), before.secured()])) as [[Buffer], TLSSocket];
  const again = dialTls(t, after.port, { ...options, session: ticket });
  const secured = after.secured();
  secured.catch(() => {});
  await once(again, 'secureConnect');
  return { isReused: again.isSessionReused(), secured };
}

t.test('sessions go on in another worker, which has the same ticket keys', async (t) => {
  const ticketKeys = randomBytes(48);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const same = await resume(t, [acceptorOf({ ticketKeys }), acceptorOf({ ticketKeys })], { maxVersion });
    t.equal(same.isReused, true, maxVersion);
    await same.secured;
    const strange = await resume(t, [acceptorOf({ ticketKeys }), acceptorOf()], { maxVersion });
    t.equal(strange.isReused, false, `${maxVersion}, other keys`);
    await strange.secured;
  }
});

t.test('the certificate of the peer goes with its session', async (t) => {
  const ticketKeys = randomBytes(48);
  const one = () => acceptorOf({ ticketKeys, ...asking('required') });
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { isReused, secured } = await resume(t, [one(), one()], { maxVersion, ...other });
    t.equal(isReused, true, maxVersion);
    t.equal(describeTls(await secured).subject, 'CN=other.example');
  }
});

// A ticket says that its peer was verified, not by whom: it must not open the door of a service with another authority.
t.test('a session is worth nothing where other peers are trusted', async (t) => {
  const ticketKeys = randomBytes(48);
  const trusting = (authority: string) => acceptorOf({ ticketKeys, ...asking('required', authority) });
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const pair = [trusting(pem.otherCert), trusting(pem.goodCert)] as const;
    const { isReused, secured } = await resume(t, pair, { maxVersion, ...other }).catch(() => ({
      isReused: false,
      secured: Promise.reject(new PeerError('refused in the handshake')),
    }));
    t.equal(isReused, false, maxVersion);
    await t.rejects(secured, { name: 'PeerError' });
  }
});
