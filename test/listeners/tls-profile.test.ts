import { randomBytes } from 'node:crypto';
import tls from 'node:tls';

import t from 'tap';

import { describeTls } from '../../src/listeners/tls.ts';
import { groups, isModern, legacyProfile, modernProfile } from '../../src/listeners/tls-profile.ts';
import { tlsPem } from './tls-pem.ts';
import { acceptorOf, dialTls, good, setUp } from './tls-stage.ts';

t.test('all of it has forward secrecy and authenticates what it encrypts', async (t) => {
  t.same(modernProfile('TLSv1.2').ciphers.split(':'), [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ]);
});

t.test('no name in it is misspelt: OpenSSL would pass over it', async (t) => {
  const known = new Set(tls.getCiphers());
  for (const cipher of modernProfile('TLSv1.3').ciphers.split(':')) t.ok(known.has(cipher.toLowerCase()), cipher);
  const strange = legacyProfile('TLSv1')
    .ciphers.split(':')
    .filter((cipher) => !known.has(cipher.toLowerCase()));
  t.same(strange, ['DES-CBC3-SHA', '@SECLEVEL=0']);
});

t.test('what is modern', async (t) => {
  for (const [protocol, cipher, expected] of [
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256', true],
    ['TLSv1.3', 'TLS_CHACHA20_POLY1305_SHA256', true],
    ['TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384', true],
    ['TLSv1.2', 'ECDHE-RSA-AES256-SHA384', false],
    ['TLSv1.2', 'AES128-GCM-SHA256', false],
    ['TLSv1.1', 'ECDHE-RSA-AES128-SHA', false],
    ['TLSv1', 'AES128-SHA', false],
    ['unknown', 'TLS_AES_128_GCM_SHA256', false],
  ] as const) {
    t.equal(isModern(protocol, cipher), expected, `${protocol} ${cipher}`);
  }
});

t.test('the quantum-safe group is named where OpenSSL has it', async (t) => {
  for (const [version, expected] of [
    ['3.5.0', 'X25519MLKEM768:X25519:P-256:P-384'],
    ['3.5.8', 'X25519MLKEM768:X25519:P-256:P-384'],
    ['4.0.0', 'X25519MLKEM768:X25519:P-256:P-384'],
    ['3.4.1', 'X25519:P-256:P-384'],
    ['3.0.19+quic', 'X25519:P-256:P-384'],
    ['', 'X25519:P-256:P-384'],
  ] as const) {
    t.equal(groups(version), expected, version);
  }
});

t.test('who begins with ChaCha20 gets it, others what we like best', async (t) => {
  const rsa = { cert: tlsPem.rsaCert, key: tlsPem.rsaKey };
  const { port, secured } = await setUp(t, acceptorOf({ pairs: [good, rsa], ticketKeys: randomBytes(48) }));
  for (const [ciphers, expected] of [
    ['TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
    ['TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ] as const) {
    dialTls(t, port, { ciphers, minVersion: 'TLSv1.3' });
    t.equal(describeTls(await secured()).cipher, expected);
  }
  const old = 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256';
  dialTls(t, port, { ciphers: old, maxVersion: 'TLSv1.2' });
  t.equal(describeTls(await secured()).cipher, 'ECDHE-ECDSA-AES128-GCM-SHA256');
});

t.test('the group of a key exchange', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  for (const [ecdhCurve, name] of [
    ['X25519', 'X25519'],
    ['P-256', 'prime256v1'],
    ['P-384', 'secp384r1'],
  ] as const) {
    const socket = dialTls(t, port, { ecdhCurve });
    await secured();
    t.match(socket.getEphemeralKeyInfo(), { type: 'ECDH', name });
  }
  for (const ecdhCurve of ['P-521', 'X448', 'ffdhe3072']) {
    dialTls(t, port, { ecdhCurve });
    await t.rejects(secured(), { name: 'PeerError' }, ecdhCurve);
  }
});

t.test('who knows the quantum-safe group gets it', async (t) => {
  const { port, secured } = await setUp(t, acceptorOf());
  const socket = dialTls(t, port, { ecdhCurve: groups(process.versions.openssl) });
  await secured();
  t.match(socket.getEphemeralKeyInfo(), { name: groups(process.versions.openssl).split(':')[0] });
});
