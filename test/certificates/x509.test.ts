import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { encode, octets } from '../../src/certificates/der.ts';
import { createCertificate, subjectFor } from '../../src/certificates/x509.ts';
import { makeFolder, needProgram, runPeer } from '../support/peers.ts';
import { dayMs, make, makeAuthority, noon, type Made } from './made.ts';

/** What openssl says to a certificate, with its authorities. */
async function verify(t: Test, leaf: Made, root: Made, between?: Made): Promise<string | null> {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return null;
  const files = { 'leaf.pem': leaf.cert, 'root.pem': root.cert, 'between.pem': between?.cert ?? '' };
  const folder = makeFolder(t, files);
  const options = ['-x509_strict', '-check_ss_sig', '-attime', String(noon / 1000), '-CAfile', 'root.pem'];
  const more = between === undefined ? [] : ['-untrusted', 'between.pem'];
  const { stdout, stderr } = await runPeer(t, [openssl, 'verify', ...options, ...more, 'leaf.pem'], { cwd: folder });
  return stdout + stderr;
}

t.test('openssl finds nothing wrong with an authority and its leaf', async (t) => {
  const root = makeAuthority('root');
  const leaf = make({
    by: root,
    names: ['localhost', '*.example.com', '10.0.0.1', '::1'],
    usages: ['server', 'client'],
  });
  const said = await verify(t, leaf, root);
  if (said !== null) t.equal(said, 'leaf.pem: OK\n');
});

t.test('nor with an authority between them', async (t) => {
  const root = makeAuthority('root');
  const between = makeAuthority('between', root);
  const said = await verify(t, make({ by: between, names: ['localhost'] }), root, between);
  if (said !== null) t.equal(said, 'leaf.pem: OK\n');
});

t.test('but an authority that may have none below it', async (t) => {
  const root = makeAuthority('root');
  const between = makeAuthority('between', root);
  const third = makeAuthority('third', between);
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const both = { ...between, cert: between.cert + third.cert };
  t.match(await verify(t, make({ by: third, names: ['localhost'] }), root, both), /path length constraint exceeded/);
});

t.test('a leaf without a subject has critical names', async (t) => {
  const root = makeAuthority('root');
  const leaf = make({ by: root, subject: {}, names: ['localhost'] });
  t.equal(leaf.certificate.subject, undefined);
  const said = await verify(t, leaf, root);
  if (said === null) return;
  t.equal(said, 'leaf.pem: OK\n');
  t.match(await text(t, leaf), /Subject Alternative Name: critical\n\s+DNS:localhost\n/);
});

t.test('openssl reads what was written', async (t) => {
  const root = make({ subject: { organization: 'Zoë & Söhne', commonName: 'root' }, authority: { pathLength: 0 } });
  const leaf = make({
    by: root,
    names: ['localhost', '127.0.0.1', '::1'],
    usages: ['server', 'client'],
    extensions: [{ id: '1.2.3.4', isCritical: true, value: encode(octets(Buffer.from('hi'))) }],
  });
  const said = await text(t, leaf);
  if (said === null) return;
  for (const expected of [
    /Version: 3 \(0x2\)/,
    /Signature Algorithm: ecdsa-with-SHA256/,
    /Issuer: O ?= ?Zoë & Söhne, CN ?= ?root\n/,
    /Not Before: Jan 14 12:00:00 2026 GMT\n\s+Not After : Jan 25 12:00:00 2026 GMT/,
    /Subject: CN ?= ?localhost\n/,
    /Basic Constraints: critical\n\s+CA:FALSE\n/,
    /Key Usage: critical\n\s+Digital Signature\n/,
    /Extended Key Usage: \n\s+TLS Web Server Authentication, TLS Web Client Authentication\n/,
    /Alternative Name: \n\s+DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1\n/,
    /1\.2\.3\.4: critical\n\s+\.\.hi\n/,
  ])
    t.match(said, expected);
  t.match(await text(t, root), /Basic Constraints: critical\n\s+CA:TRUE, pathlen:0\n/);
  t.match(await text(t, root), /Key Usage: critical\n\s+Certificate Sign, CRL Sign\n/);
});

t.test('Node reads it too', async (t) => {
  const root = makeAuthority('root');
  const { certificate, key } = make({ by: root, names: ['localhost', '::1'] });
  t.ok(certificate.checkPrivateKey(key.privateKey));
  t.ok(certificate.checkIssued(root.certificate) && certificate.verify(root.key.publicKey));
  t.notOk(certificate.verify(key.publicKey));
  t.ok(root.certificate.ca);
  t.notOk(certificate.ca);
  t.equal(certificate.checkHost('localhost'), 'localhost');
  t.equal(certificate.checkHost('other'), undefined);
  t.equal(certificate.checkIP('::1'), '::1');
});

t.test('a certificate may be valid beyond 2049', async (t) => {
  const { certificate } = make({ notAfter: Date.UTC(2050, 0, 1) });
  t.equal(certificate.validToDate.toISOString(), '2050-01-01T00:00:00.000Z');
  t.equal(make({ notAfter: Date.UTC(2049, 11, 31) }).certificate.validTo, 'Dec 31 00:00:00 2049 GMT');
});

t.test('serial numbers are positive, 16 bytes long, and never the same', async (t) => {
  const { key } = make();
  const serials = Array.from({ length: 50 }, () => make({ key }).certificate.serialNumber);
  for (const serial of serials) t.match(serial, /^[4-7][0-9A-F]{31}$/);
  t.equal(new Set(serials).size, 50);
});

t.test('only P-256 keys sign', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const content = { subject: {}, publicKey, signingKey: privateKey, issuer: null, notBefore: 0, notAfter: dayMs };
  t.throws(() => createCertificate(content), { message: 'expected a P-256 key to sign with' });
});

t.test('the subject is the first name, as long as it is short enough for one', async (t) => {
  const named = (text: string) =>
    subjectFor([
      { kind: 'dns', text },
      { kind: 'dns', text: 'b' },
    ]);
  t.same(named('a'.repeat(64)), { commonName: 'a'.repeat(64) });
  t.same(named('a'.repeat(65)), {});
  t.same(subjectFor([]), {});
});

async function text(t: Test, { cert }: Made): Promise<string | null> {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return null;
  const folder = makeFolder(t);
  writeFileSync(join(folder, 'it.pem'), cert);
  const options = ['-noout', '-text', '-nameopt', 'oneline,utf8,-esc_msb'];
  return (await runPeer(t, [openssl, 'x509', '-in', 'it.pem', ...options], { cwd: folder })).stdout;
}
