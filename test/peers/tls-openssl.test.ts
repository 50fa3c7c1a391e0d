import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { TlsInfo } from '../../src/contract/session.ts';
import { describeTls, type TlsAcceptor, type TlsAcceptorOptions } from '../../src/listeners/tls.ts';
import { pem } from '../config/pem.ts';
import { tlsPem } from '../listeners/tls-pem.ts';
import { acceptorOf, asking, setUp, type Stage } from '../listeners/tls-stage.ts';
import { makeFolder, needProgram, runPeer, startPeer, type FinishedPeer } from '../support/peers.ts';

const rsa = { cert: tlsPem.rsaCert, key: tlsPem.rsaKey };
const ec = { cert: pem.goodCert, key: pem.goodKey };

/** What a program makes of a connection on which we say "bye" and close, and what we see of it. */
interface Visit {
  readonly peer: FinishedPeer;
  readonly ours: TlsInfo | Error;
}

async function visit(t: Test, { port, secured }: Stage, ...args: string[]): Promise<Visit> {
  const openssl = needProgram(t, 'openssl') as string;
  const peer = runPeer(t, [openssl, 's_client', '-connect', `127.0.0.1:${port}`, '-ign_eof', ...args]);
  const ours = await secured().then(
    (socket) => {
      socket.end('bye\r\n');
      return describeTls(socket);
    },
    (error: Error) => error,
  );
  return { peer: await peer, ours };
}

const legacyFor = (network: string): Partial<TlsAcceptorOptions> => ({
  pairs: [ec, rsa],
  plan: {
    minVersion: 'TLSv1.2',
    clientCertificate: 'none',
    legacy: { from: [network], minVersion: 'TLSv1' },
  },
});

// Debian's own configuration asks for TLS 1.2 at least.
const oldest = ['-cipher', 'ALL:@SECLEVEL=0'] as const;

t.test('openssl s_client that knows only what is old', async (t) => {
  if (needProgram(t, 'openssl') === null) return;
  for (const [network, args, expected] of [
    ['127.0.0.1', ['-tls1', '-cipher', 'AES128-SHA:@SECLEVEL=0'], ['TLSv1', 'AES128-SHA']],
    ['127.0.0.1', ['-tls1', ...oldest], ['TLSv1', 'ECDHE-ECDSA-AES128-SHA']],
    ['127.0.0.0/8', ['-tls1_1', ...oldest], ['TLSv1.1', 'ECDHE-ECDSA-AES128-SHA']],
    ['127.0.0.1', ['-tls1_2', '-cipher', 'AES256-SHA256'], ['TLSv1.2', 'AES256-SHA256']],
    ['127.0.0.1', ['-tls1_2', '-cipher', 'DHE-RSA-AES128-SHA'], /alert handshake failure/],
    ['10.0.0.0/8', ['-tls1', ...oldest], /alert protocol version/],
    ['10.0.0.0/8', ['-tls1_1', ...oldest], /alert protocol version/],
    ['10.0.0.0/8', ['-tls1_2', '-cipher', 'AES256-SHA256'], /alert handshake failure/],
    ['10.0.0.0/8', ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-SHA'], /alert handshake failure/],
  ] as const) {
    const stage = await setUp(t, acceptorOf(legacyFor(network)));
    const { peer, ours } = await visit(t, stage, ...args);
    const name = `${args.join(' ')}, ${network}`;
    if (expected instanceof RegExp) {
      t.match(peer.stderr, expected, name);
      t.match(ours, { name: 'PeerError' });
    } else {
      const [protocol, cipher] = expected;
      t.match(ours, { protocol, cipher, isLegacy: true }, name);
      t.match(peer.stdout, /^bye\r$/m);
    }
  }
});

t.test('openssl s_client that knows what is new gets that from the same place', async (t) => {
  if (needProgram(t, 'openssl') === null) return;
  const stage = await setUp(t, acceptorOf(legacyFor('127.0.0.1')));
  const { ours } = await visit(t, stage);
  t.match(ours, { protocol: 'TLSv1.3', isLegacy: false });
});

t.test('openssl s_client that knows only RSA gets that of the same name', async (t) => {
  if (needProgram(t, 'openssl') === null) return;
  const stage = await setUp(t, acceptorOf({ pairs: [ec, rsa] }));
  for (const [args, algorithm] of [
    [['-tls1_2', '-cipher', 'aRSA'], 'RSA-PSS'],
    [['-tls1_3', '-sigalgs', 'rsa_pss_rsae_sha256'], 'RSA-PSS'],
    [['-tls1_2'], 'ECDSA'],
    [['-tls1_3'], 'ECDSA'],
  ] as const) {
    for (const name of [['-servername', 'good.example'], ['-noservername']] as const) {
      const { peer } = await visit(t, stage, ...args, ...name);
      t.equal(/^Peer signature type: (.*)$/m.exec(peer.stdout)?.[1], algorithm, [...args, ...name].join(' '));
    }
  }
});

t.test('openssl s_client that does not trust us says so', async (t) => {
  if (needProgram(t, 'openssl') === null) return;
  const stage = await setUp(t, acceptorOf());
  for (const version of ['-tls1_2', '-tls1_3']) {
    const { ours } = await visit(t, stage, version, '-verify_return_error');
    t.match(ours, { name: 'PeerError', message: 'TLS handshake failed: the peer says "tlsv1 alert unknown ca"' });
  }
});

const versions = ['-tls1_2', '-tls1_3'] as const;

/** A session of one acceptor, offered to another; both close. */
async function resume(t: Test, [first, second]: readonly [TlsAcceptor, TlsAcceptor], args: readonly string[]) {
  const session = join(makeFolder(t), 'session.pem');
  const before = await visit(t, await setUp(t, first), ...args, '-sess_out', session);
  t.match(before.ours, { isResumed: false });
  return visit(t, await setUp(t, second), ...args, '-sess_in', session);
}

t.test('openssl s_client goes on with its session at another port', async (t) => {
  if (needProgram(t, 'openssl') === null) return;
  const ticketKeys = randomBytes(48);
  for (const version of versions) {
    const { peer, ours } = await resume(t, [acceptorOf({ ticketKeys }), acceptorOf({ ticketKeys })], [version]);
    t.match(peer.stdout, /^Reused, TLSv1\.[23]/m, version);
    t.match(ours, { isResumed: true });
    const strange = await resume(t, [acceptorOf({ ticketKeys }), acceptorOf()], [version]);
    t.match(strange.peer.stdout, /^New, TLSv1\.[23]/m);
    t.match(strange.ours, { isResumed: false });
  }
});

t.test('openssl s_client with a certificate of its own, too', async (t) => {
  if (needProgram(t, 'openssl') === null) return;
  const folder = makeFolder(t, { 'alice.pem': tlsPem.aliceCert, 'alice.key': tlsPem.key });
  const given = ['-cert', join(folder, 'alice.pem'), '-key', join(folder, 'alice.key')] as const;
  const ticketKeys = randomBytes(48);
  const one = (): TlsAcceptor => acceptorOf({ ticketKeys, ...asking('required', tlsPem.caCert) });
  for (const version of versions) {
    const { ours } = await resume(t, [one(), one()], [version, ...given]);
    t.match(ours, { isResumed: true, subject: 'CN=alice,O=Example\\, Inc.' }, version);
  }
});

t.test('openssl s_client -reconnect', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const { port, secured } = await setUp(t, acceptorOf());
  const peer = startPeer(t, [openssl, 's_client', '-connect', `127.0.0.1:${port}`, '-tls1_2', '-reconnect']);
  const infos = [];
  for (let count = 0; count < 6; count++) infos.push(describeTls(await secured()).isResumed);
  t.same(infos, [false, true, true, true, true, true]);
  peer.end();
  await peer.ended;
});

t.test('openssl s_client that wants a second handshake', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const { port, secured } = await setUp(t, acceptorOf());
  const peer = startPeer(t, [openssl, 's_client', '-connect', `127.0.0.1:${port}`, '-tls1_2']);
  await peer.says(/Verify return code/);
  const ours = await secured();
  peer.write('R\n');
  await new Promise((resolve) => ours.once('close', resolve));
  await peer.ended;
  t.ok(ours.destroyed);
});

t.test('openssl s_client that asks for new keys again and again', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const { port, secured } = await setUp(t, acceptorOf());
  const peer = startPeer(t, [openssl, 's_client', '-connect', `127.0.0.1:${port}`, '-tls1_3']);
  await peer.says(/Verify return code/);
  const ours = await secured();
  ours.pipe(ours);
  for (let count = 1; count <= 50; count++) {
    peer.write('K\n');
    await peer.says(new RegExp(`(?:KEYUPDATE[^K]*){${count}}`));
  }
  peer.write('still here\n');
  t.ok(await peer.says(/still here/));
});

t.test('openssl s_client as an authority that looks for a proof (RFC 8737)', async (t) => {
  if (needProgram(t, 'openssl') === null) return;
  const acceptor = acceptorOf();
  acceptor.setChallenges([{ name: 'new.example', cert: tlsPem.namelessCert, key: tlsPem.key }]);
  const stage = await setUp(t, acceptor);
  for (const version of versions) {
    const args = [version, '-alpn', 'acme-tls/1', '-servername'] as const;
    const shown = await visit(t, stage, ...args, 'new.example');
    t.match(shown.peer.stdout, /^subject=O = Nameless$/m);
    t.match(shown.peer.stdout, /^ALPN protocol: acme-tls\/1$/m);
    t.equal(shown.peer.code, 0);
    t.equal((shown.ours as Error).constructor.name, 'ChallengeAnswered');
    const refused = await visit(t, stage, ...args, 'old.example');
    t.match(refused.peer.stderr, /alert no application protocol/);
    t.equal((refused.ours as Error).constructor.name, 'PeerError');
  }
});
