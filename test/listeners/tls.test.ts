import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { mock } from 'node:test';
import type { ConnectionOptions, TLSSocket } from 'node:tls';

import t, { type Test } from 'tap';

import { PeerError } from '../../src/contract/errors.ts';
import { describeTls, type TlsAcceptor } from '../../src/listeners/tls.ts';
import { pem } from '../config/pem.ts';
import { tlsPem } from './tls-pem.ts';
import { acceptorOf, asking, closed, dialTls, good, other, setUp } from './tls-stage.ts';

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

const rsa = { cert: tlsPem.rsaCert, key: tlsPem.rsaKey };

t.test('a name may have a certificate for each kind of key', async (t) => {
  for (const [pairs, name] of [
    [[good, rsa], 'with the first name'],
    [[other, good, rsa], 'with another name'],
  ] as const) {
    const { port } = await setUp(t, acceptorOf({ pairs }));
    for (const [options, kind] of [
      [{ maxVersion: 'TLSv1.2', ciphers: 'aRSA' }, 'rsa'],
      [{ maxVersion: 'TLSv1.2', ciphers: 'aECDSA' }, 'ec'],
      [{ maxVersion: 'TLSv1.2' }, 'ec'],
      [{ sigalgs: 'rsa_pss_rsae_sha256' }, 'rsa'],
      [{ sigalgs: 'ecdsa_secp256r1_sha256' }, 'ec'],
      [{}, 'ec'],
    ] as const) {
      const socket = dialTls(t, port, { servername: 'good.example', ...options });
      await once(socket, 'secureConnect');
      const certificate = socket.getPeerX509Certificate();
      t.equal(certificate?.publicKey.asymmetricKeyType, kind, `${name}, ${JSON.stringify(options)}`);
      t.equal(certificate?.subject, 'CN=good.example');
    }
  }
});

t.test('also where TLS is started later, by the signatures that the peer knows', async (t) => {
  const acceptor = acceptorOf({ pairs: [other, good, rsa] });
  const { port, secured } = await setUp(t, {
    ...acceptor,
    async secure(socket, peer) {
      await new Promise<void>((resolve) => socket.write('220 go ahead\r\n', () => resolve()));
      return acceptor.secure(socket, peer);
    },
  });
  for (const [options, kind] of [
    [{ sigalgs: 'rsa_pss_rsae_sha256' }, 'rsa'],
    [{ sigalgs: 'ecdsa_secp256r1_sha256' }, 'ec'],
    [{}, 'ec'],
  ] as const) {
    const wire = connectPlain(port, '127.0.0.1');
    await once(wire, 'data');
    const socket = dialTls(t, 0, { socket: wire, servername: 'good.example', ...options });
    await once(socket, 'secureConnect');
    t.equal(socket.getPeerX509Certificate()?.publicKey.asymmetricKeyType, kind);
    t.equal(describeTls(await secured()).serverName, 'good.example');
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
    isLegacy: false,
    isResumed: false,
  });
});

t.test('of a connection that is gone there is nothing to show', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf(asking('required')));
  dialTls(t, port, other);
  const ours = await secured();
  ours.destroy();
  t.match(describeTls(ours), { protocol: 'unknown', cipher: 'unknown', subject: null, isResumed: false });
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
  await t.rejects(secured(), { name: 'PeerError', message: 'TLS handshake failed: the peer speaks HTTP, not TLS' });
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
  between: () => void = () => {},
  later: ConnectionOptions = options,
): Promise<{ isReused: boolean; secured: Promise<TLSSocket> }> {
  const before = await setUp(t, first);
  const after = await setUp(t, second);
  const socket = dialTls(t, before.port, options);
  const [[ticket]] = (await Promise.all([once(socket, 'session'), before.secured()])) as [[Buffer], TLSSocket];
  between();
  const again = dialTls(t, after.port, { ...later, session: ticket });
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
    t.equal(describeTls(await same.secured).isResumed, true);
    const strange = await resume(t, [acceptorOf({ ticketKeys }), acceptorOf()], { maxVersion });
    t.equal(strange.isReused, false, `${maxVersion}, other keys`);
    t.equal(describeTls(await strange.secured).isResumed, false);
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

t.test('a session does not outlive the certificate of its peer', async (t) => {
  const ticketKeys = randomBytes(48);
  const one = () => acceptorOf({ ticketKeys, ...asking('required') });
  t.teardown(() => mock.timers.reset());
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const now = { before: Date.UTC(2126, 9, 31), after: Date.UTC(2126, 10, 2) };
    for (const [when, isGood] of [
      [now.before, true],
      [now.after, false],
    ] as const) {
      mock.timers.reset();
      const pair = [one(), one()] as const;
      const { isReused, secured } = await resume(t, pair, { maxVersion, ...other }, () =>
        mock.timers.enable({ apis: ['Date'], now: when }),
      );
      t.equal(isReused, true, maxVersion);
      if (isGood) t.equal(describeTls(await secured).subject, 'CN=other.example');
      else await t.rejects(secured, { message: "the peer's certificate is refused: certificate has expired" });
    }
  }
});

/** For devices on 127.0.0.1 that know nothing newer than TLS 1.0, or for those of another network. */
const legacyFor = (network: string, minVersion: 'TLSv1' | 'TLSv1.1' = 'TLSv1') => ({
  pairs: [{ cert: tlsPem.rsaCert, key: tlsPem.rsaKey }],
  plan: { minVersion: 'TLSv1.2', clientCertificate: 'none', legacy: { from: [network], minVersion } } as const,
});

t.test('old versions and ciphers are for the networks that were named', async (t) => {
  const old = { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const;
  for (const [options, network, outcome] of [
    [{ ...old, maxVersion: 'TLSv1' }, '127.0.0.0/8', ['TLSv1', 'ECDHE-RSA-AES128-SHA', true]],
    [{ ...old, maxVersion: 'TLSv1.1' }, '127.0.0.0/8', ['TLSv1.1', 'ECDHE-RSA-AES128-SHA', true]],
    [{ maxVersion: 'TLSv1.2', ciphers: 'AES256-SHA' }, '127.0.0.0/8', ['TLSv1.2', 'AES256-SHA', true]],
    [{ maxVersion: 'TLSv1.2' }, '127.0.0.0/8', ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256', false]],
    [{}, '127.0.0.0/8', ['TLSv1.3', 'TLS_AES_128_GCM_SHA256', false]],
    [{ ...old, maxVersion: 'TLSv1' }, '10.0.0.0/8', /the peer knows no version that is new enough$/],
    [{ ...old, maxVersion: 'TLSv1.1' }, '10.0.0.0/8', /the peer knows no version that is new enough$/],
    [{ maxVersion: 'TLSv1.2', ciphers: 'AES256-SHA' }, '10.0.0.0/8', /the peer knows none of our ciphers$/],
    [{ maxVersion: 'TLSv1.2' }, '10.0.0.0/8', ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256', false]],
  ] as const) {
    const { port, secured } = await setUp(t, acceptorOf(legacyFor(network)));
    dialTls(t, port, options);
    if (outcome instanceof RegExp) {
      await t.rejects(secured(), { name: 'PeerError', message: outcome });
      continue;
    }
    const { protocol, cipher, isLegacy } = describeTls(await secured());
    t.same([protocol, cipher, isLegacy], outcome);
  }
});

t.test('with min_version TLSv1.1 they have to know that one', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf(legacyFor('127.0.0.1', 'TLSv1.1')));
  const old = { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const;
  dialTls(t, port, { ...old, maxVersion: 'TLSv1' });
  await t.rejects(secured(), { name: 'PeerError' });
  dialTls(t, port, { ...old, maxVersion: 'TLSv1.1' });
  t.equal(describeTls(await secured()).protocol, 'TLSv1.1');
});

// A ticket brings its cipher along, and OpenSSL does not ask whether the service has it.
t.test('a session with an old cipher goes on nowhere else', async (t) => {
  const ticketKeys = randomBytes(48);
  const legacy = acceptorOf({ ticketKeys, ...legacyFor('127.0.0.1') });
  const modern = acceptorOf({ ticketKeys, ...legacyFor('10.0.0.1') });
  const options = { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256' } as const;
  const there = await resume(t, [legacy, legacy], { ...options, ciphers: 'AES128-SHA' });
  t.equal(there.isReused, true);
  t.equal(describeTls(await there.secured).isLegacy, true);
  const elsewhere = await resume(t, [legacy, modern], { ...options, ciphers: 'AES128-SHA' }, () => {}, options);
  t.equal(elsewhere.isReused, false);
  t.equal(describeTls(await elsewhere.secured).cipher, 'ECDHE-RSA-AES128-GCM-SHA256');
});

t.test('application protocols', async (t) => {
  for (const [protocols, offered, outcome] of [
    [undefined, ['h2', 'http/1.1'], false],
    [undefined, undefined, false],
    [['h2', 'http/1.1'], ['http/1.1', 'h2'], 'h2'],
    [['h2', 'http/1.1'], ['http/1.1'], 'http/1.1'],
    [['h2', 'http/1.1'], undefined, false],
    [['h2', 'http/1.1'], ['ftp'], null],
  ] as const) {
    const acceptor = acceptorOf(protocols === undefined ? {} : { protocols });
    const { port, secured } = await setUp(t, acceptor);
    dialTls(t, port, offered === undefined ? {} : { ALPNProtocols: [...offered] });
    if (outcome === null) await t.rejects(secured(), { name: 'PeerError' });
    else t.equal((await secured()).alpnProtocol, outcome);
  }
});
