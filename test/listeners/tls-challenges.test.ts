import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';

import t, { type Test } from 'tap';

import { PeerError } from '../../src/contract/errors.ts';
import { ChallengeAnswered } from '../../src/listeners/tls-challenges.ts';
import type { TlsAcceptor } from '../../src/listeners/tls.ts';
import { tlsPem } from './tls-pem.ts';
import { acceptorOf, asking, closed, dialTls, good, loopbackPeer, other, setUp, type Stage } from './tls-stage.ts';

const proof = { name: 'new.example', cert: tlsPem.namelessCert, key: tlsPem.key };
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

/** As an authority comes. */
const authority = (servername: string, more: ConnectionOptions = {}): ConnectionOptions => ({
  servername,
  ALPNProtocols: ['acme-tls/1'],
  ...more,
});

async function proving(t: Test, acceptor: TlsAcceptor = acceptorOf()): Promise<Stage> {
  acceptor.setChallenges([proof]);
  return setUp(t, acceptor);
}

t.test('an authority is shown the proof, and the connection is closed', async (t) => {
  const { port, secured } = await proving(t);
  for (const maxVersion of versions) {
    for (const name of ['new.example', 'NEW.example']) {
      const socket = dialTls(t, port, authority(name, { maxVersion }));
      await once(socket, 'secureConnect');
      t.equal(socket.getPeerCertificate().subject.O, 'Nameless', `${name}, ${maxVersion}`);
      t.equal(socket.alpnProtocol, 'acme-tls/1');
      socket.resume();
      await once(socket, 'end');
      await t.rejects(secured(), new ChallengeAnswered());
      await closed(socket);
    }
  }
});

t.test('which is no fault of the peer, but not a session either', async (t) => {
  const answered = new ChallengeAnswered();
  t.ok(answered instanceof PeerError);
  t.equal(answered.message, 'the peer came for a proof of a name only');
});

t.test('an authority that comes for another name is refused', async (t) => {
  const { port, secured } = await proving(t);
  for (const maxVersion of versions) {
    for (const name of ['good.example', 'x.new.example', '__proto__', '']) {
      const socket = dialTls(t, port, authority(name, { maxVersion }));
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      t.equal(error.code, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', `"${name}", ${maxVersion}`);
      const outcome = await secured().catch((caught: unknown) => caught);
      t.ok(outcome instanceof PeerError && !(outcome instanceof ChallengeAnswered));
    }
  }
});

t.test('everybody else is served as always', async (t) => {
  const { port, secured } = await proving(t);
  for (const options of [
    { servername: 'new.example' },
    { servername: 'new.example', ALPNProtocols: ['h2', 'http/1.1'] },
    // RFC 8737 3: an authority offers nothing besides.
    { servername: 'new.example', ALPNProtocols: ['acme-tls/1', 'http/1.1'] },
    { servername: 'new.example', ALPNProtocols: ['ACME-TLS/1'] },
    {},
  ]) {
    for (const maxVersion of versions) {
      const socket = dialTls(t, port, { ...options, maxVersion });
      await once(socket, 'secureConnect');
      t.equal(socket.getPeerCertificate().subject.CN, 'good.example');
      t.equal(socket.alpnProtocol, false);
      const ours = await secured();
      socket.write('hello');
      t.equal(String((await once(ours, 'data'))[0]), 'hello');
    }
  }
});

t.test('so is who sends its hello in small pieces', async (t) => {
  const { port, secured } = await proving(t);
  const wire = connectPlain({ port, host: '127.0.0.1', noDelay: true });
  const socket = dialTls(t, 0, { socket: dribble(wire), servername: 'new.example' });
  await once(socket, 'secureConnect');
  t.equal(socket.getPeerCertificate().subject.CN, 'good.example');
  await secured();
});

t.test('what is no TLS is still told as what it is', async (t) => {
  const { port, secured } = await proving(t);
  const socket = connectPlain(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.0\r\n\r\n');
  await t.rejects(secured(), { message: 'TLS handshake failed: the peer speaks HTTP, not TLS' });
  await closed(socket);
});

t.test('an authority has no certificate and may know only TLS 1.2, whatever the service wants', async (t) => {
  const strict = acceptorOf({ ...asking('required'), plan: { minVersion: 'TLSv1.3', clientCertificate: 'required' } });
  const { port, secured } = await proving(t, strict);
  const socket = dialTls(t, port, authority('new.example', { maxVersion: 'TLSv1.2' }));
  await once(socket, 'secureConnect');
  t.equal(socket.alpnProtocol, 'acme-tls/1');
  await t.rejects(secured(), new ChallengeAnswered());
});

t.test('a proof is shown until it is withdrawn', async (t) => {
  const acceptor = acceptorOf();
  const { port, secured } = await proving(t, acceptor);
  acceptor.setChallenges([{ ...proof, name: 'second.example' }]);
  for (const [name, isShown] of [
    ['new.example', false],
    ['second.example', true],
  ] as const) {
    const socket = dialTls(t, port, authority(name));
    const [outcome] = await Promise.allSettled([secured()]);
    t.equal(outcome.status === 'rejected' && outcome.reason instanceof ChallengeAnswered, isShown, name);
    socket.destroy();
  }
  acceptor.setChallenges([]);
  const socket = dialTls(t, port, authority('second.example'));
  await secured();
  t.equal(socket.alpnProtocol, false, 'nobody looks for authorities then');
});

t.test('a broken proof is not taken, and those before stay', async (t) => {
  const acceptor = acceptorOf();
  const { port, secured } = await proving(t, acceptor);
  t.throws(() => acceptor.setChallenges([{ name: 'new.example', cert: good.cert, key: other.key }]));
  dialTls(t, port, authority('new.example'));
  await t.rejects(secured(), new ChallengeAnswered());
});

// STARTTLS: the service's reader may still stand at the socket, and would take the hello for itself.
t.test('nobody is an authority who was answered in clear', async (t) => {
  const acceptor = acceptorOf();
  const later = { secure: startLater(acceptor), update: acceptor.update, setChallenges: acceptor.setChallenges };
  const { port, secured } = await proving(t, later);
  const wire = connectPlain(port, '127.0.0.1');
  await once(wire, 'data');
  const socket = dialTls(t, 0, authority('new.example', { socket: wire }));
  await once(socket, 'secureConnect');
  t.equal(socket.getPeerCertificate().subject.CN, 'good.example');
  await secured();
});

function startLater(acceptor: TlsAcceptor): TlsAcceptor['secure'] {
  return async (socket) => {
    await new Promise<void>((resolve) => socket.write('220 go ahead\r\n', () => resolve()));
    return acceptor.secure(socket, loopbackPeer);
  };
}

/** Sends each byte for itself. */
function dribble(wire: Socket): Duplex {
  const pieces = new Duplex({
    read: () => void wire.resume(),
    write(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) wire.write(Buffer.from([byte]));
      done();
    },
  });
  wire.on('data', (chunk) => pieces.push(chunk));
  return pieces;
}
