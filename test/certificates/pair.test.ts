import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { readPair, type PairTexts } from '../../src/certificates/pair.ts';
import { toPem } from '../../src/certificates/pem.ts';
import { pem } from '../config/pem.ts';
import { makeFolder, needProgram, runPeer } from '../support/peers.ts';
import { dayMs, make, makeAuthority, noon } from './made.ts';

const root = makeAuthority('root');
const between = makeAuthority('between', root);
const leaf = make({ by: between, names: ['a.example'] });
const stranger = make({ names: ['stranger.example'] });
const good: PairTexts = { certText: leaf.cert, keyText: leaf.key.pem, now: noon };

t.test('a pair that fits is served as it is', async (t) => {
  const { pair, facts, warnings } = readPair({ ...good, certText: leaf.cert + between.cert });
  t.same(pair, { cert: leaf.cert + between.cert, key: leaf.key.pem });
  t.match(facts, { subject: 'CN=a.example', names: ['a.example'], issuer: 'CN=between', notAfter: noon + 10 * dayMs });
  t.same(warnings, []);
});

t.test('both may stand in one file, with words between', async (t) => {
  const both = `my key:\r\n${leaf.key.pem}\r\nand my certificate:\r\n${leaf.cert}`.replaceAll('\n', '\r\n');
  t.same(readPair({ ...good, certText: both, keyText: both }).pair, { cert: leaf.cert, key: leaf.key.pem });
});

const label = (kind: string, content = 'AAAA'): string =>
  `-----BEGIN ${kind}-----\n${content}\n-----END ${kind}-----\n`;
const noise = Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * 7919) % 256)).toString('utf8');
const withoutEnd = Buffer.from(leaf.certificate.raw);
withoutEnd.write('269925', withoutEnd.indexOf('260125'));
const derText = leaf.certificate.raw.toString('utf8');

for (const [what, texts, fault, part, message] of [
  ['an empty certificate', { certText: '' }, 'empty', 'cert', 'the certificate file is empty'],
  ['a certificate of blanks', { certText: ' \n\n' }, 'empty', 'cert', 'the certificate file is empty'],
  ['an empty key', { keyText: '' }, 'empty', 'key', 'the key file is empty'],
  ['some text', { certText: 'hello' }, 'not_pem', 'cert', 'the certificate file holds no certificate in PEM form'],
  [
    'noise',
    { certText: noise },
    'not_pem',
    'cert',
    'the certificate file holds no certificate in PEM form: it is not text',
  ],
  [
    'noise as a key',
    { keyText: noise },
    'not_pem',
    'key',
    'the key file holds no private key in PEM form: it is not text',
  ],
  [
    'DER',
    { certText: derText },
    'not_pem',
    'cert',
    'the certificate file holds no certificate in PEM form; if it is DER: openssl x509 -inform der',
  ],
  [
    'a key of DER',
    { keyText: createPrivateKey(leaf.key.pem).export({ type: 'pkcs8', format: 'der' }).toString('utf8') },
    'not_pem',
    'key',
    'the key file holds no private key in PEM form; if it is DER: openssl pkey -inform der',
  ],
  [
    'the two the wrong way round',
    { certText: leaf.key.pem, keyText: leaf.cert },
    'not_pem',
    'cert',
    'the certificate file holds no certificate in PEM form, but: PRIVATE KEY',
  ],
  [
    'a certificate for a key',
    { keyText: leaf.cert + between.cert },
    'not_pem',
    'key',
    'the key file holds no private key in PEM form, but: CERTIFICATE',
  ],
  [
    'half a file',
    { certText: leaf.cert.slice(0, 300) },
    'not_pem',
    'cert',
    'the certificate file holds no certificate in PEM form: it ends in the middle',
  ],
  [
    'a damaged certificate',
    { certText: label('CERTIFICATE') },
    'not_pem',
    'cert',
    /^the certificate file holds a certificate that cannot be read \(.+\)$/,
  ],
  [
    'a damaged certificate in the chain',
    { certText: leaf.cert + label('CERTIFICATE', 'no base64!') },
    'not_pem',
    'cert',
    /^the certificate file holds a certificate that cannot be read \(.+\)$/,
  ],
  [
    'a certificate whose dates are none',
    { certText: leaf.cert + toPem('CERTIFICATE', withoutEnd) },
    'not_pem',
    'cert',
    'the certificate file holds a certificate that cannot be read (its dates are none)',
  ],
  [
    'a damaged key',
    { keyText: label('PRIVATE KEY') },
    'not_pem',
    'key',
    /^the key file holds a private key that cannot be read \(.+\)$/,
  ],
  [
    'a key for ssh',
    { keyText: label('OPENSSH PRIVATE KEY') },
    'not_pem',
    'key',
    "the key file holds a key of OpenSSH's own kind, which is not for certificates",
  ],
  [
    'an encrypted key without a passphrase',
    { keyText: pem.encryptedKey },
    'encrypted',
    'key',
    'the key file holds an encrypted key, and there is no passphrase for it',
  ],
  [
    'a wrong passphrase',
    { keyText: pem.encryptedKey, passphrase: 'not this one' },
    'passphrase',
    'key',
    'the key file cannot be decrypted: the passphrase is wrong',
  ],
  [
    'an empty passphrase',
    { keyText: pem.encryptedKey, passphrase: '' },
    'passphrase',
    'key',
    'the key file cannot be decrypted: the passphrase is wrong',
  ],
  [
    'a passphrase that is too long for OpenSSL',
    { keyText: pem.encryptedKey, passphrase: 'x'.repeat(2_000) },
    'passphrase',
    'key',
    'the key file cannot be decrypted: the passphrase is wrong',
  ],
  [
    "another's key",
    { keyText: stranger.key.pem },
    'mismatch',
    'key',
    'the key file does not hold the key of the certificate in the certificate file',
  ],
  [
    'a key of another kind',
    { keyText: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) },
    'mismatch',
    'key',
    'the key file does not hold the key of the certificate in the certificate file',
  ],
  [
    'an expired certificate',
    { now: noon + 10 * dayMs + 1 },
    'expired',
    'cert',
    'the certificate in the certificate file expired on 2026-01-25',
  ],
  [
    'a certificate of the future',
    { now: noon - dayMs - 1 },
    'not_yet_valid',
    'cert',
    'the certificate in the certificate file is valid only from 2026-01-14 on; here it is 2026-01-14',
  ],
] as const) {
  t.test(`refuses ${what}`, async (t) => {
    t.throws(() => readPair({ ...good, ...texts }), { name: 'CertificateError', fault, part, message });
  });
}

t.test('the first and the last moment of the validity count', async (t) => {
  t.ok(readPair({ ...good, now: noon - dayMs }));
  t.ok(readPair({ ...good, now: noon + 10 * dayMs }));
});

t.test('messages call the files what they are called', async (t) => {
  const named = { ...good, certName: '"a.pem"', keyName: '"a.key"' };
  t.throws(() => readPair({ ...named, certText: '' }), { message: '"a.pem" is empty' });
  t.throws(() => readPair({ ...named, keyText: stranger.key.pem }), {
    message: '"a.key" does not hold the key of the certificate in "a.pem"',
  });
});

t.test('nothing of a key or a passphrase stands in a message', async (t) => {
  for (const keyText of [
    pem.encryptedKey,
    label('PRIVATE KEY', 'U0VDUkVU'),
    label('ENCRYPTED PRIVATE KEY', 'U0VDUkVU'),
  ]) {
    const error = t.throws(() => readPair({ ...good, keyText, passphrase: 'sesame' })) as unknown as Error;
    t.notMatch(error.message, /sesame|U0VDUkVU|SECRET/);
  }
});

t.test('a text may have 1MB', async (t) => {
  const filled = (text: string, length: number): string => text + '\n'.repeat(length - text.length);
  t.ok(readPair({ ...good, certText: filled(leaf.cert, 1_048_576), keyText: filled(leaf.key.pem, 1_048_576) }));
  t.throws(() => readPair({ ...good, certText: filled(leaf.cert, 1_048_577) }), {
    fault: 'too_large',
    message: 'the certificate file is larger than 1MB',
  });
  t.throws(() => readPair({ ...good, keyText: filled(leaf.key.pem, 1_048_577) }), {
    fault: 'too_large',
    message: 'the key file is larger than 1MB',
  });
});

t.test('a chain may have 50 certificates', async (t) => {
  t.ok(readPair({ ...good, certText: leaf.cert.repeat(50) }));
  t.throws(() => readPair({ ...good, certText: leaf.cert.repeat(51) }), {
    fault: 'too_large',
    message: 'the certificate file holds more than 50 certificates',
  });
});

t.test('a chain in a wrong order is put right, with a warning', async (t) => {
  const { pair, warnings } = readPair({ ...good, certText: root.cert + between.cert + leaf.cert });
  t.equal(pair.cert, leaf.cert + between.cert + root.cert);
  t.same(warnings, ['the certificate file is not in order; it is served as leaf, then issuers']);
});

t.test('a certificate that is no part of the chain is served last, with a warning', async (t) => {
  const { pair, warnings } = readPair({ ...good, certText: leaf.cert + stranger.cert + between.cert });
  t.equal(pair.cert, leaf.cert + between.cert + stranger.cert);
  t.same(warnings, [
    'the certificate file also holds the certificate "CN=stranger.example", which is no part of the chain',
  ]);
});

t.test('an issuer that has expired is a warning', async (t) => {
  const old = make({
    by: root,
    key: between.key,
    subject: { commonName: 'between' },
    authority: { pathLength: 0 },
    notAfter: noon - 1_000,
  });
  t.same(readPair({ ...good, certText: leaf.cert + old.cert }).warnings, [
    'the certificate file also holds the certificate "CN=between", which expired on 2026-01-15',
  ]);
});

t.test('a certificate for no name is a warning', async (t) => {
  const { cert, key } = make({ subject: { commonName: 'My Server' } });
  const { facts, warnings } = readPair({ certText: cert, keyText: key.pem, now: noon });
  t.same(facts.names, []);
  t.same(warnings, ['the certificate file serves no name: no peer that checks it will accept it']);
});

t.test('keys in the forms that openssl writes', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = makeFolder(t, { 'plain.key': leaf.key.pem, secret: 'sesame\n' });
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const run = (...args: string[]) => runPeer(t, [openssl, ...args], { cwd: folder });
  const pass = ['-passout', 'file:secret'];
  await run('ec', '-in', 'plain.key', '-out', 'sec1.key');
  await run('ec', '-in', 'plain.key', '-aes256', ...pass, '-out', 'traditional.key');
  await run('pkcs8', '-topk8', '-in', 'plain.key', ...pass, '-out', 'pkcs8.key');
  const parameters = (await run('ecparam', '-name', 'prime256v1')).stdout;
  const passphrase = 'sesame';
  t.equal(readPair({ ...good, keyText: read('sec1.key') }).pair.key, leaf.key.pem);
  t.equal(readPair({ ...good, keyText: parameters + read('sec1.key') }).pair.key, leaf.key.pem);
  t.equal(readPair({ ...good, keyText: read('sec1.key'), passphrase }).pair.key, leaf.key.pem, 'none was needed');
  for (const name of ['traditional.key', 'pkcs8.key']) {
    t.equal(readPair({ ...good, keyText: read(name), passphrase }).pair.key, leaf.key.pem, name);
    t.throws(() => readPair({ ...good, keyText: read(name) }), { name: 'CertificateError', fault: 'encrypted' }, name);
    t.throws(
      () => readPair({ ...good, keyText: read(name), passphrase: 'Sesame' }),
      { name: 'CertificateError', fault: 'passphrase' },
      name,
    );
  }
});

t.test('a key whose encryption is no longer supported', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = makeFolder(t, { 'plain.key': leaf.key.pem });
  const old = ['-v1', 'PBE-MD5-DES', '-provider', 'legacy', '-provider', 'default', '-passout', 'pass:sesame'];
  const { code, stdout } = await runPeer(t, [openssl, 'pkcs8', '-topk8', '-in', 'plain.key', ...old], { cwd: folder });
  if (code !== 0) return t.plan(0, 'this openssl does not write it either');
  t.throws(() => readPair({ ...good, keyText: stdout, passphrase: 'sesame' }), {
    fault: 'passphrase',
    message:
      'the key file is encrypted in a way that OpenSSL no longer supports; encrypt it anew: openssl pkcs8 -topk8',
  });
});

t.test('keys of other kinds, and one that is too short', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = makeFolder(t);
  const texts = async (...kind: string[]): Promise<PairTexts> => {
    const files = ['-keyout', 'x.key', '-out', 'x.pem', '-subj', '/CN=x.example', '-days', '2'];
    await runPeer(t, [openssl, 'req', '-x509', '-nodes', ...kind, ...files], { cwd: folder });
    return {
      certText: readFileSync(join(folder, 'x.pem'), 'utf8'),
      keyText: readFileSync(join(folder, 'x.key'), 'utf8'),
    };
  };
  t.same(readPair(await texts('-newkey', 'rsa:2048')).facts.names, ['x.example']);
  t.same(readPair(await texts('-newkey', 'ed25519')).facts.names, ['x.example']);
  const short = await texts('-newkey', 'rsa:1024');
  t.throws(() => readPair(short), {
    fault: 'unusable',
    part: 'cert',
    message: 'the certificate in the certificate file cannot be used for TLS: ee key too small',
  });
});

t.test('a certificate with a key of a kind that nobody knows', async (t) => {
  // id-ecPublicKey, 1.2.840.10045.2.1, becomes 1.2.840.10045.2.127.
  const hex = stranger.certificate.raw.toString('hex').replace('2a8648ce3d0201', '2a8648ce3d027f');
  const odd = new X509Certificate(Buffer.from(hex, 'hex')).toString();
  t.throws(() => readPair({ ...good, certText: odd }), { name: 'CertificateError', fault: 'mismatch' });
  t.throws(() => readPair({ ...good, certText: leaf.cert + odd }), { name: 'CertificateError', fault: 'unusable' });
});
