import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { describeCertificate } from '../../src/certificates/describe-certificate.ts';
import { createSelfSigned } from '../../src/certificates/self-signed.ts';
import { dayMs, make, noon } from './made.ts';

const hourMs = 3_600_000;
const names = ['localhost', '127.0.0.1', '::1'];

/** A folder, and a clock that can be set. */
function setUp(t: Test) {
  const folder = join(t.testdir(), 'certificates');
  const time = { now: noon };
  const selfSigned = createSelfSigned(folder, { clock: () => time.now, host: 'box' });
  const ensure = (wanted: readonly string[] = names) => selfSigned.ensure('default', wanted);
  return { folder, time, selfSigned, ensure };
}

t.test('the first time a pair is issued and written', async (t) => {
  const { folder, ensure } = setUp(t);
  const { pair, issued, renewAt, notAfter, files } = ensure();
  t.equal(issued, 'missing');
  t.same(files, { cert: join(folder, 'issued/default.pem'), key: join(folder, 'issued/default.key') });
  t.same(pair, { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') });
  t.equal(statSync(files.key).mode & 0o777, 0o600);
  t.equal(statSync(files.cert).mode & 0o777, 0o644);
  t.same(describeCertificate(pair.cert).names, names);
  t.equal(notAfter, noon + 90 * dayMs);
  t.equal(renewAt, noon + 90 * dayMs - 30 * dayMs - hourMs / 3);
});

t.test('the next time it is the same', async (t) => {
  const { folder, ensure } = setUp(t);
  const { pair, renewAt } = ensure();
  t.match(ensure(), { pair, issued: null, renewAt });
  t.match(
    ensure(['::1', 'LOCALHOST', '0:0::1', '127.0.0.1']),
    { pair, issued: null },
    'names in another spelling and order',
  );
  const another = createSelfSigned(folder, { clock: () => noon });
  t.match(another.ensure('default', names), { pair, issued: null });
});

t.test('each certificate has files of its own', async (t) => {
  const { selfSigned } = setUp(t);
  const one = selfSigned.ensure('one', ['one.example']);
  const ca = selfSigned.ensure('ca', ['ca.example']);
  t.match(selfSigned.ensure('one', ['one.example']), { pair: one.pair, issued: null });
  t.match(selfSigned.ensure('ca', ['ca.example']), { pair: ca.pair, issued: null });
  t.equal(describeCertificate(selfSigned.authority().certificate).subject, 'CN=Portico local CA (box)');
});

t.test('other names, another certificate', async (t) => {
  const { ensure } = setUp(t);
  ensure();
  for (const wanted of [[...names, 'more.example'], names, names.slice(1), ['other.example']]) {
    const { issued, pair } = ensure(wanted);
    t.equal(issued, 'names');
    t.same(describeCertificate(pair.cert).names, wanted);
  }
});

t.test('with a third of its validity left it is issued anew', async (t) => {
  const { time, ensure } = setUp(t);
  const first = ensure();
  time.now = first.renewAt - 1;
  t.match(ensure(), { pair: first.pair, issued: null });
  time.now = first.renewAt;
  const second = ensure();
  t.equal(second.issued, 'age');
  t.equal(second.notAfter, first.renewAt + 90 * dayMs);
  time.now = second.notAfter + 100 * dayMs;
  t.equal(ensure().issued, 'age');
});

t.test('with a clock that was set back before its validity it is issued anew', async (t) => {
  const { time, ensure } = setUp(t);
  const first = ensure();
  time.now = noon - hourMs;
  t.match(ensure(), { pair: first.pair, issued: null });
  time.now = noon - hourMs - 1;
  const second = ensure();
  t.equal(second.issued, 'clock');
  t.equal(second.notAfter, noon - hourMs - 1_000 + 90 * dayMs);
  time.now = noon + 100 * dayMs;
  t.equal(ensure().issued, 'age');
});

t.test('no certificate outlives the authority, and none is renewed over and over at its end', async (t) => {
  const { time, selfSigned, ensure } = setUp(t);
  const end = selfSigned.authority().notAfter;
  time.now = end - 2 * dayMs;
  const near = ensure();
  t.equal(near.notAfter, end);
  t.equal(near.renewAt, end - 16 * hourMs - hourMs / 3);
  t.equal(ensure().issued, null);
  time.now = end - dayMs;
  t.equal(ensure().issued, null);
  time.now = near.renewAt;
  t.equal(ensure().issued, 'authority', 'in its last day there is another one');
  t.equal(ensure().notAfter, near.renewAt + 90 * dayMs);
});

t.test('another authority, another certificate', async (t) => {
  const { folder, selfSigned, ensure } = setUp(t);
  ensure();
  rmSync(join(folder, 'ca.pem'));
  rmSync(join(folder, 'ca.key'));
  const { pair, issued } = ensure();
  t.equal(issued, 'authority');
  t.equal(selfSigned.authority().hasIssued(new X509Certificate(pair.cert)), true);
});

for (const [what, spoil, reason] of [
  ['no certificate', (cert: string) => rmSync(cert), 'missing'],
  ['no key', (_: string, key: string) => rmSync(key), 'missing'],
  ['an empty certificate', (cert: string) => writeFileSync(cert, ''), 'damaged'],
  ['an empty key', (_: string, key: string) => writeFileSync(key, ''), 'damaged'],
  ['noise for a certificate', (cert: string) => writeFileSync(cert, Buffer.alloc(5_000, 0xfe)), 'damaged'],
  ['a huge certificate', (cert: string) => writeFileSync(cert, 'x'.repeat(2_000_000)), 'damaged'],
  ['half a certificate', (cert: string) => writeFileSync(cert, readFileSync(cert, 'utf8').slice(0, 400)), 'damaged'],
  ['a new key beside the old certificate', (_: string, key: string) => writeFileSync(key, make().key.pem), 'damaged'],
  ['an expired certificate of another authority', (cert: string) => writeFileSync(cert, make().cert), 'damaged'],
] as const) {
  t.test(`${what}: a pair is issued anew`, async (t) => {
    const { ensure } = setUp(t);
    const { files } = ensure();
    spoil(files.cert, files.key);
    const { issued, pair } = ensure();
    t.equal(issued, reason);
    t.ok(new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key)));
    t.match(ensure(), { pair, issued: null });
  });
}

t.test('what a crash left under temporary names is in nobody’s way', async (t) => {
  const { folder, ensure } = setUp(t);
  mkdirSync(join(folder, 'issued'), { recursive: true });
  for (const name of ['default.key.new', 'default.pem.new']) writeFileSync(join(folder, 'issued', name), 'half');
  t.equal(ensure().issued, 'missing');
  t.equal(existsSync(join(folder, 'issued/default.key.new')), false);
});

t.test('an authority that cannot be used is told, and nothing is issued', async (t) => {
  const { folder, selfSigned, ensure } = setUp(t);
  const { pair, files } = ensure();
  writeFileSync(join(folder, 'ca.key'), '');
  t.throws(() => ensure(), { name: 'CertificateError', fault: 'authority' });
  t.throws(() => selfSigned.authority(), { name: 'CertificateError', fault: 'authority' });
  t.equal(readFileSync(files.cert, 'utf8'), pair.cert);
});

t.test('bad names are told', async (t) => {
  const { ensure } = setUp(t);
  t.throws(() => ensure(['a b']), { name: 'CertificateError', fault: 'name' });
  t.throws(() => ensure([]), { name: 'CertificateError', fault: 'name' });
});

for (const name of ['', '.', '..', '../x', 'a/b', '/a', '.a', 'a\0', 'a b', 'a'.repeat(65)]) {
  t.test(`${JSON.stringify(name.slice(0, 20))} is no name for a file`, async (t) => {
    const { folder, selfSigned } = setUp(t);
    t.throws(() => selfSigned.ensure(name, names), TypeError);
    t.equal(existsSync(folder), false);
  });
}

t.test('a name may have 64 characters', async (t) => {
  const { selfSigned } = setUp(t);
  t.equal(selfSigned.ensure('a'.repeat(64), names).issued, 'missing');
});

t.test('a folder that cannot be written is told', async (t) => {
  const { folder, ensure } = setUp(t);
  writeFileSync(folder, 'a file');
  t.throws(() => ensure(), /ENOTDIR|EEXIST/);
  if (process.getuid?.() === 0) return;
  rmSync(folder);
  mkdirSync(folder, { mode: 0o555 });
  t.throws(() => ensure(), { code: 'EACCES' });
});
