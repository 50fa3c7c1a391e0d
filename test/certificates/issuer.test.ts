import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { issuerOf } from '../../src/certificates/issuer.ts';
import { makeFolder, needProgram, runPeer } from '../support/peers.ts';
import { make, makeAuthority } from './made.ts';

t.test('the subject and key identifier of a certificate, as they stand in it', async (t) => {
  const { name, keyId } = issuerOf(makeAuthority('root').certificate);
  t.equal(name.toString('hex'), `300f310d300b06035504030c04${Buffer.from('root').toString('hex')}`);
  t.equal(keyId?.length, 20);
});

t.test('an empty subject', async (t) => {
  t.equal(issuerOf(make({ subject: {}, names: ['a.example'] }).certificate).name.toString('hex'), '3000');
});

t.test('an authority that openssl made, with a name of several parts', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = makeFolder(t);
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '9'];
  const files = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/C=DE/O=Example/CN=an authority'];
  await runPeer(t, [openssl, ...make, ...files], { cwd: folder });
  const { name, keyId } = issuerOf(new X509Certificate(readFileSync(join(folder, 'ca.pem'))));
  t.match(name.toString('latin1'), /DE.*Example.*an authority/s);
  const shown = await runPeer(t, [openssl, 'x509', '-in', 'ca.pem', '-noout', '-ext', 'subjectKeyIdentifier'], {
    cwd: folder,
  });
  t.match(shown.stdout.replaceAll(':', ''), keyId?.toString('hex').toUpperCase());
});

t.test('a certificate of version 1, which has no extensions', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = makeFolder(t);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'a.key'];
  await runPeer(t, [openssl, 'req', '-new', ...key, '-out', 'a.csr', '-subj', '/CN=old'], { cwd: folder });
  await runPeer(t, [openssl, 'x509', '-req', '-in', 'a.csr', '-key', 'a.key', '-out', 'a.pem'], { cwd: folder });
  const { name, keyId } = issuerOf(new X509Certificate(readFileSync(join(folder, 'a.pem'))));
  t.match(name.toString('latin1'), /old$/);
  t.equal(keyId, null);
});

for (const [what, hex] of [
  ['nothing', ''],
  ['half a length', '3082'],
  ['a length past the end', '30053003020100'],
  ['a length of five bytes', '308500000000010500'],
  ['a length that is not known', '30800000'],
  ['a sequence of one', '300530030a0100'],
] as const) {
  t.test(`${what} is refused, were OpenSSL ever to read it`, async (t) => {
    t.throws(() => issuerOf({ raw: Buffer.from(hex, 'hex') } as unknown as X509Certificate), RangeError);
  });
}
