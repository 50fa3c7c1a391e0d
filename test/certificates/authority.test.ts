import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';

import t from 'tap';

import { openAuthority, type Authority } from '../../src/certificates/authority.ts';
import { describeCertificate } from '../../src/certificates/describe-certificate.ts';
import { toPem } from '../../src/certificates/pem.ts';
import { makeFolder, needProgram, needPrograms, runPeer, wantProgram } from '../support/peers.ts';
import { dayMs, make, makeAuthority, noon } from './made.ts';

const hourMs = 3_600_000;
const at = (ms: number, host = 'box') => ({ clock: () => ms, host });
const advice =
  'put ca.pem and ca.key back from a copy, or remove both, and a new authority is made, which everybody has to be told to trust';

t.test('is made where there is none, folder and all', async (t) => {
  const folder = join(t.testdir(), 'state', 'certificates');
  const authority = openAuthority(folder, at(noon));
  t.same(readdirSync(folder).sort(), ['ca.key', 'ca.pem']);
  t.equal(statSync(join(folder, 'ca.key')).mode & 0o777, 0o600);
  t.equal(statSync(join(folder, 'ca.pem')).mode & 0o777, 0o644);
  t.equal(authority.file, join(folder, 'ca.pem'));
  t.equal(authority.certificate, readFileSync(authority.file, 'utf8'));
  t.match(describeCertificate(authority.certificate), {
    subject: 'CN=Portico local CA (box)',
    isSelfSigned: true,
    notBefore: noon - hourMs,
    notAfter: Date.UTC(2036, 0, 15, 12),
  });
  t.equal(authority.notAfter, Date.UTC(2036, 0, 15, 12));
});

t.test('is the same the next time, on a machine of another name too', async (t) => {
  const folder = t.testdir();
  const first = openAuthority(folder, at(noon));
  const second = openAuthority(folder, at(noon + 3_000 * dayMs, 'other'));
  t.equal(second.certificate, first.certificate);
  t.ok(first.hasIssued(new X509Certificate(second.issue({ names: ['a.example'], now: noon }).cert)));
});

for (const [host, expected] of [
  ['', 'CN=Portico local CA ()'],
  ['a\nb"c/d', 'CN=Portico local CA (abcd)'],
  ['h'.repeat(45), `CN=Portico local CA (${'h'.repeat(45)})`],
  ['h'.repeat(46), `CN=Portico local CA (${'h'.repeat(45)})`],
] as const) {
  t.test(`a machine called ${JSON.stringify(host)}`, async (t) => {
    t.equal(describeCertificate(openAuthority(t.testdir(), at(noon, host)).certificate).subject, expected);
  });
}

t.test('issues certificates for servers', async (t) => {
  const authority = openAuthority(t.testdir(), at(noon));
  const names = ['Localhost', '*.example.com', '127.0.0.1', '0::1'];
  const { cert, key } = authority.issue({ names, now: noon });
  const certificate = new X509Certificate(cert);
  t.ok(certificate.checkPrivateKey(createPrivateKey(key)));
  t.match(describeCertificate(cert), {
    subject: 'CN=localhost',
    issuer: 'CN=Portico local CA (box)',
    names: ['localhost', '*.example.com', '127.0.0.1', '::1'],
    notBefore: noon - hourMs,
    notAfter: noon + 90 * dayMs,
  });
  t.equal(cert.split('BEGIN CERTIFICATE').length, 2, 'who trusts the authority has its certificate already');
  t.not(authority.issue({ names, now: noon }).key, key, 'each has a key of its own');
});

t.test('issues nothing that is valid longer than itself', async (t) => {
  const authority = openAuthority(t.testdir(), at(noon));
  const { cert } = authority.issue({ names: ['a.example'], now: authority.notAfter - 2 * dayMs });
  t.equal(describeCertificate(cert).notAfter, authority.notAfter);
});

t.test('refuses bad names', async (t) => {
  const authority = openAuthority(t.testdir(), at(noon));
  t.throws(() => authority.issue({ names: ['a b'], now: noon }), { name: 'CertificateError', fault: 'name' });
  t.throws(() => authority.issue({ names: [], now: noon }), { name: 'CertificateError', fault: 'name' });
});

t.test('knows what it has issued', async (t) => {
  const folder = t.testdir();
  const [one, other] = ['one', 'other'].map((name) => openAuthority(join(folder, name), at(noon))) as [
    Authority,
    Authority,
  ];
  const { cert } = one.issue({ names: ['a.example'], now: noon });
  t.equal(one.hasIssued(new X509Certificate(cert)), true);
  t.equal(other.hasIssued(new X509Certificate(cert)), false, 'the same name, another key');
});

t.test('openssl and python accept what it issues', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = makeFolder(t);
  const authority = openAuthority(folder, { host: 'box' });
  writeFileSync(join(folder, 'leaf.pem'), authority.issue({ names: ['localhost', '::1'], now: Date.now() }).cert);
  const strict = ['verify', '-x509_strict', '-CAfile', 'ca.pem', '-purpose', 'sslserver'];
  for (const check of [
    ['-verify_hostname', 'localhost'],
    ['-verify_ip', '::1'],
  ]) {
    const { stdout, stderr } = await runPeer(t, [openssl, ...strict, ...check, 'leaf.pem'], { cwd: folder });
    t.equal(stdout + stderr, 'leaf.pem: OK\n');
  }
  const { code } = await runPeer(t, [openssl, ...strict, '-verify_hostname', 'other', 'leaf.pem'], { cwd: folder });
  t.not(code, 0);
});

t.test('a peer that trusts it connects', async (t) => {
  const authority = openAuthority(t.testdir());
  const pair = authority.issue({ names: ['localhost', '127.0.0.1'], now: Date.now() });
  const server = tls.createServer(pair, (socket) => socket.end('hello')).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (const servername of ['localhost', '']) {
    const socket = tls.connect({ port, host: '127.0.0.1', servername, ca: authority.certificate });
    await once(socket, 'secureConnect');
    t.equal(socket.authorized, true);
    socket.destroy();
  }
  const stranger = tls.connect({ port, host: '127.0.0.1', ca: makeAuthority('other').cert });
  const [error] = (await once(stranger, 'error').catch((failure: unknown) => [failure])) as [NodeJS.ErrnoException];
  t.match(error.code, /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/);

  await t.test('and so does python, as strictly as it can', async (t) => {
    const python = wantProgram(t, 'python3');
    if (python === null) return;
    const script = `
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT
with socket.create_connection(('127.0.0.1', int(sys.argv[2]))) as plain:
    with context.wrap_socket(plain, server_hostname=sys.argv[3]) as secure:
        print(secure.recv(5).decode())
`;
    for (const name of ['localhost', '127.0.0.1']) {
      const { stdout, stderr } = await runPeer(t, [python, '-c', script, authority.file, String(port), name]);
      t.equal(stdout + stderr, 'hello\n');
    }
  });
});

t.test('in its last day it is made anew, and the old one kept', async (t) => {
  const folder = t.testdir();
  const first = openAuthority(folder, at(noon));
  const key = readFileSync(join(folder, 'ca.key'), 'utf8');
  t.equal(openAuthority(folder, at(first.notAfter - dayMs)).certificate, first.certificate);
  const second = openAuthority(folder, at(first.notAfter - dayMs + 1, 'other'));
  t.not(second.certificate, first.certificate);
  t.not(readFileSync(join(folder, 'ca.key'), 'utf8'), key);
  t.equal(describeCertificate(second.certificate).subject, 'CN=Portico local CA (other)');
  t.equal(readFileSync(join(folder, 'ca-old.pem'), 'utf8'), first.certificate);
  t.equal(readFileSync(join(folder, 'ca-old.key'), 'utf8'), key);
  t.equal(statSync(join(folder, 'ca-old.key')).mode & 0o777, 0o600);
  t.equal(openAuthority(folder, at(first.notAfter)).certificate, second.certificate);
});

t.test('a clock that was set back changes nothing', async (t) => {
  const folder = t.testdir();
  const first = openAuthority(folder, at(noon));
  t.equal(openAuthority(folder, at(0)).certificate, first.certificate);
});

t.test('a crash after the key was written', async (t) => {
  const folder = t.testdir();
  openAuthority(folder, at(noon));
  const key = readFileSync(join(folder, 'ca.key'), 'utf8');
  rmSync(join(folder, 'ca.pem'));
  const again = openAuthority(folder, at(noon));
  t.equal(readFileSync(join(folder, 'ca.key'), 'utf8'), key);
  t.ok(again.hasIssued(new X509Certificate(again.issue({ names: ['a.example'], now: noon }).cert)));
});

t.test('a crash between the new key and the new certificate, when the old one has expired', async (t) => {
  const folder = t.testdir();
  const first = openAuthority(folder, at(noon));
  const later = first.notAfter + dayMs;
  writeFileSync(join(folder, 'ca-old.key'), 'kept');
  writeFileSync(join(folder, 'ca.key'), make().key.pem);
  const second = openAuthority(folder, at(later));
  t.equal(second.notAfter, later + 3_652 * dayMs);
  t.equal(readFileSync(join(folder, 'ca-old.key'), 'utf8'), 'kept', 'the new key is not taken for the old one');
});

const strange = makeAuthority('strange');
const dateless = Buffer.from(strange.certificate.raw);
dateless.write('269925', dateless.indexOf('260125'));

for (const [what, file, text, message] of [
  ['an empty certificate', 'ca.pem', '', /^FOLDER\/ca\.pem cannot be read \(.+\): ADVICE$/],
  [
    'a damaged certificate',
    'ca.pem',
    '-----BEGIN CERTIFICATE-----\nAAAA\n',
    /^FOLDER\/ca\.pem cannot be read \(.+\): ADVICE$/,
  ],
  [
    'a large certificate',
    'ca.pem',
    'x'.repeat(1_048_577),
    /^FOLDER\/ca\.pem cannot be read \(.+ is larger than 1MB\): ADVICE$/,
  ],
  ["a leaf's certificate", 'ca.pem', make().cert, /^FOLDER\/ca\.pem is not the certificate of an authority: ADVICE$/],
  [
    'a certificate whose dates are none',
    'ca.pem',
    toPem('CERTIFICATE', dateless),
    /^FOLDER\/ca\.pem cannot be read \(its dates are none\): ADVICE$/,
  ],
  ["another's certificate", 'ca.pem', strange.cert, /^FOLDER\/ca\.key is not the key of FOLDER\/ca\.pem: ADVICE$/],
  ['an empty key', 'ca.key', '', /^FOLDER\/ca\.key cannot be read \(.+\): ADVICE$/],
  ["another's key", 'ca.key', strange.key.pem, /^FOLDER\/ca\.key is not the key of FOLDER\/ca\.pem: ADVICE$/],
  ['no key', 'ca.key', null, /^FOLDER\/ca\.key is missing, while FOLDER\/ca\.pem is there: ADVICE$/],
] as const) {
  t.test(`${what} is told, and never replaced`, async (t) => {
    const folder = t.testdir();
    openAuthority(folder, at(noon));
    if (text === null) rmSync(join(folder, file));
    else writeFileSync(join(folder, file), text);
    const state = () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
    const before = state();
    const error = t.throws(() => openAuthority(folder, at(noon)), { name: 'CertificateError', fault: 'authority' });
    t.match((error as unknown as Error).message.replaceAll(folder, 'FOLDER').replace(advice, 'ADVICE'), message);
    t.same(state(), before);
  });
}

t.test('a key of another kind is told', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = makeFolder(t);
  const files = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca'];
  await runPeer(t, [openssl, 'req', '-x509', '-nodes', '-newkey', 'ed25519', ...files], { cwd: folder });
  t.throws(() => openAuthority(folder), { fault: 'authority', part: 'key', message: /ca\.key is not a P-256 key/ });
});

t.test('an authority that the administrator made serves too', async (t) => {
  const programs = needPrograms(t, 'openssl');
  if (programs === null) return;
  const folder = makeFolder(t);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  const files = ['-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/C=DE/O=Example/CN=House CA'];
  const extensions = ['-addext', 'keyUsage=critical,keyCertSign'];
  await runPeer(t, [programs.openssl, 'req', '-x509', ...key, ...files, ...extensions], { cwd: folder });
  const authority = openAuthority(folder);
  writeFileSync(join(folder, 'leaf.pem'), authority.issue({ names: ['localhost'], now: Date.now() }).cert);
  const strict = ['verify', '-x509_strict', '-CAfile', 'ca.pem', 'leaf.pem'];
  const { stdout, stderr } = await runPeer(t, [programs.openssl, ...strict], { cwd: folder });
  t.equal(stdout + stderr, 'leaf.pem: OK\n');
});

t.test('a folder that cannot be written', async (t) => {
  const folder = t.testdir({ file: '' });
  t.throws(() => openAuthority(join(folder, 'file', 'sub')), /ENOTDIR/);
  if (process.getuid?.() === 0) return;
  mkdirSync(join(folder, 'locked'), { mode: 0o555 });
  t.throws(() => openAuthority(join(folder, 'locked')), { code: 'EACCES' });
});
