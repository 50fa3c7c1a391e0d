import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { isIP } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import t, { type Test } from 'tap';

import { openAuthority, type Authority } from '../../src/certificates/authority.ts';
import type { CertificatePair } from '../../src/certificates/pair.ts';
import { startDaemon, runPortico, type LogLine, type TestDaemon } from '../support/daemon.ts';
import { makeFolder } from '../support/peers.ts';
import { scrape } from './scrape.ts';

const dayMs = 24 * 3_600_000;

interface Handshake {
  readonly fingerprint: string;
  readonly names: string;
  readonly socket: TLSSocket;
}

/** A handshake that checks name and chain. */
async function shake(t: Test, port: number, options: { ca?: string; servername?: string } = {}): Promise<Handshake> {
  const { ca, servername = 'localhost' } = options;
  const trust: ConnectionOptions = ca === undefined ? { rejectUnauthorized: false } : { ca };
  // RFC 6066 3: an address is not asked for; then it is the one connected to that is checked.
  const name: ConnectionOptions = isIP(servername) === 0 ? { servername } : {};
  const socket = connect({ port, host: '127.0.0.1', ...name, ...trust });
  t.teardown(() => socket.destroy());
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate() as X509Certificate;
  return { fingerprint: certificate.fingerprint256, names: certificate.subjectAltName ?? '', socket };
}

async function echoed(socket: TLSSocket, text: string): Promise<string> {
  socket.write(text);
  const [data] = (await once(socket, 'data')) as [Buffer];
  return data.toString();
}

interface Report {
  readonly authority: { readonly file: string; readonly fingerprint: string; readonly subject: string } | null;
  readonly certificates: readonly Readonly<Record<string, unknown>>[];
}

async function show(daemon: TestDaemon): Promise<Report> {
  const { stdout } = await daemon.command('certificate', 'show', '--json');
  return JSON.parse(stdout) as Report;
}

/** An administrator's own authority. */
function authorityIn(t: Test): Authority {
  return openAuthority(makeFolder(t));
}

function issue(authority: Authority, names: readonly string[], now = Date.now()): CertificatePair {
  return authority.issue({ names, now });
}

function putPair(daemon: TestDaemon, name: string, { cert, key }: CertificatePair): void {
  daemon.put(`${name}.key`, key);
  daemon.put(`${name}.pem`, cert);
}

const filesOf = (name: string, { cert, key }: CertificatePair): Record<string, string> => ({
  [`${name}.pem`]: cert,
  [`${name}.key`]: key,
});

const next = (daemon: TestDaemon, event: string): Promise<LogLine> => daemon.nextLine((line) => line.event === event);

t.test('self_signed', async (t) => {
  const daemon = await startDaemon(
    t,
    `admin: { listen: tcp://127.0.0.1:0 }
certificates:
  default: { self_signed: [localhost, 127.0.0.1, "::1", "*.example.test"] }
  other: { self_signed: [other.test] }
services:
  echo: { listen: [tls://127.0.0.1:0, { address: tls://127.0.0.1:0, certificate: other }] }
`,
  );
  const port = await daemon.port('echo');
  const ca = fs.readFileSync(join(daemon.folder, 'var/ca/ca.pem'), 'utf8');

  t.test('is served at the first start, for each of its names', async (t) => {
    for (const servername of ['localhost', '127.0.0.1', 'www.example.test']) {
      const { socket } = await shake(t, port, { ca, servername });
      t.ok(socket.authorized, servername);
      t.equal(await echoed(socket, 'hello'), 'hello');
    }
    await t.rejects(shake(t, port, { ca, servername: 'another.test' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    const { names } = await shake(t, port, { ca });
    t.equal(names, 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:*.example.test');
  });
  t.test('keeps its keys for itself', async (t) => {
    const mode = (name: string): number => fs.statSync(join(daemon.folder, 'var/ca', name)).mode & 0o777;
    t.equal(mode('ca.key'), 0o600);
    t.equal(mode('issued/default.key'), 0o600);
    t.equal(mode('ca.pem'), 0o644);
  });
  t.test('portico certificate show', async (t) => {
    const { fingerprint } = await shake(t, port, { ca });
    const report = await show(daemon);
    const authority = new X509Certificate(ca);
    t.match(report.authority, {
      file: join(daemon.folder, 'var/ca/ca.pem'),
      fingerprint: authority.fingerprint256,
      subject: authority.subject,
    });
    const [status] = (await daemon.status()).services;
    t.match(report.certificates, [
      {
        name: 'default',
        kind: 'self_signed',
        names: ['localhost', '127.0.0.1', '::1', '*.example.test'],
        issuer: authority.subject,
        fingerprint,
        file: join(daemon.folder, 'var/ca/issued/default.pem'),
        served: ['echo tls://127.0.0.1:0'],
        error: null,
      },
      { name: 'other', names: ['other.test'], served: ['echo tls://127.0.0.1:0'] },
    ]);
    t.equal(status?.state, 'up');
    const one = await daemon.command('certificate', 'show', 'other');
    t.match(one.stdout, /^other\n {2}kind +self_signed\n/);
    t.match(one.stdout, /curl --cacert .*\/var\/ca\/ca\.pem/);
    t.match(await daemon.command('certificate', 'show', 'none'), { code: 1, stderr: /no certificate called none/ });
  });
  t.test('/metrics says when they end', async (t) => {
    const { certificates } = await show(daemon);
    const samples = await scrape(daemon);
    for (const { name, expires } of certificates) {
      t.equal(
        samples.get(`portico_certificate_expiry_seconds{certificate="${String(name)}"}`),
        Date.parse(String(expires)) / 1000,
      );
    }
  });
  t.test('portico certificate renew', async (t) => {
    const before = await shake(t, port, { ca });
    const other = await shake(t, await daemon.port('echo', 1), { ca, servername: 'other.test' });
    const renewed = next(daemon, 'certificate.renewed');
    const { code, stdout } = await daemon.command('certificate', 'renew', 'default', '--json');
    t.equal(code, 0);
    t.same(JSON.parse(stdout), { renewed: ['default'], failed: [] });
    t.match(await renewed, { certificate: 'default' });
    let after = await shake(t, port, { ca });
    while (after.fingerprint === before.fingerprint) after = await shake(t, port, { ca });
    t.ok(after.socket.authorized, 'by the same authority');
    t.match((await show(daemon)).certificates, [{ name: 'default', fingerprint: after.fingerprint }, {}]);
    t.equal(await echoed(before.socket, 'still here'), 'still here', 'running connections go on');
    const untouched = await shake(t, await daemon.port('echo', 1), { ca, servername: 'other.test' });
    t.equal(untouched.fingerprint, other.fingerprint);
    t.match(await daemon.command('certificate', 'renew', 'none'), { code: 1, stderr: /no certificate called none/ });
  });
  t.test('new names come with a reload, by the same authority', async (t) => {
    const text = fs.readFileSync(daemon.file, 'utf8').replace('"*.example.test"', 'new.test');
    await daemon.change(text);
    const { socket } = await shake(t, port, { ca, servername: 'new.test' });
    t.ok(socket.authorized);
  });
  t.test('the same ones after a restart of the worker', async (t) => {
    const before = await shake(t, port, { ca });
    const started = next(daemon, 'worker.start');
    process.kill(await daemon.workerPid(), 'SIGKILL');
    await started;
    t.equal((await shake(t, port, { ca })).fingerprint, before.fingerprint);
  });
});

t.test('a renewal runs the hook', async (t) => {
  const folder = makeFolder(t, { 'hook.sh': 'exit 0\n' });
  const output = join(folder, 'environment');
  const daemon = await startDaemon(
    t,
    `certificates: { default: { self_signed: [localhost], command: [/bin/sh, ${folder}/hook.sh] } }
services: { echo: { listen: tls://127.0.0.1:0 } }
`,
  );
  const hook = `env > ${output}.new; pwd >> ${output}.new; mv ${output}.new ${output}; echo sorry >&2; exit 3\n`;
  fs.writeFileSync(join(folder, 'hook.sh'), hook);
  const failed = next(daemon, 'certificate.command');
  t.equal((await daemon.command('certificate', 'renew')).stdout, 'renewed: default\n');
  t.match(await failed, { certificate: 'default', reason: '/bin/sh: it ended with status 3', stderr: 'sorry' });
  const lines = fs.readFileSync(output, 'utf8').trim().split('\n');
  const issued = join(daemon.folder, 'var/ca/issued');
  t.same(
    lines.filter((line) => /^PORTICO|^\/$/.test(line)).sort(),
    [
      '/',
      `PORTICO_CERTIFICATE=${issued}/default.pem`,
      'PORTICO_CERTIFICATE_NAME=default',
      `PORTICO_KEY=${issued}/default.key`,
    ].sort(),
  );
  t.ok(
    new X509Certificate(fs.readFileSync(`${issued}/default.pem`)).checkPrivateKey(
      createPrivateKey(fs.readFileSync(`${issued}/default.key`)),
    ),
  );
});

t.test('files of an administrator', async (t) => {
  const authority = authorityIn(t);
  const ca = authority.certificate;
  const first = issue(authority, ['localhost', 'one.test']);
  const encrypted = issue(authority, ['two.test']);
  const locked = createPrivateKey(encrypted.key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'sesame',
  });
  const daemon = await startDaemon(
    t,
    `logging: { outputs: [console, file: ./portico.log] }
certificates:
  default: { cert: ./one.pem, key: ./one.key }
  two: { cert: ./two.pem, key: ./two.key, passphrase: "\${file:./passphrase}" }
services:
  echo: { listen: tls://127.0.0.1:0, tls: { certificates: [default, two] } }
`,
    { files: { ...filesOf('one', first), ...filesOf('two', { ...encrypted, key: locked }), passphrase: 'sesame\n' } },
  );
  const port = await daemon.port('echo');
  const served = async (servername: string): Promise<string> => (await shake(t, port, { ca, servername })).fingerprint;
  const fingerprint = ({ cert }: CertificatePair): string => new X509Certificate(cert).fingerprint256;

  t.test('chosen by the name that is asked for', async (t) => {
    t.equal(await served('one.test'), fingerprint(first));
    t.equal(await served('two.test'), fingerprint(encrypted), 'whose key is encrypted');
    t.equal((await shake(t, port, { servername: 'other.test' })).fingerprint, fingerprint(first));
    t.notMatch(JSON.stringify(daemon.lines), /sesame/);
    t.match((await show(daemon)).certificates, [
      { name: 'default', kind: 'files', file: join(daemon.folder, 'one.pem') },
      { name: 'two', kind: 'files', names: ['two.test'] },
    ]);
  });
  t.test('changed ones are served without a reload', async (t) => {
    const open = await shake(t, port, { ca });
    const second = issue(authority, ['localhost', 'one.test']);
    const renewed = next(daemon, 'certificate.renewed');
    putPair(daemon, 'one', second);
    t.match(await renewed, { certificate: 'default' });
    while ((await served('one.test')) !== fingerprint(second));
    t.equal(await echoed(open.socket, 'still here'), 'still here');
    t.equal(await served('two.test'), fingerprint(encrypted));
    t.match((await daemon.status()).generation, 1);
  });
  t.test('half a pair is waited out, and told once', async (t) => {
    const before = await served('one.test');
    const third = issue(authority, ['localhost', 'one.test']);
    const failures = (): number => daemon.lines.filter(({ event }) => event === 'certificate.failed').length;
    const failed = next(daemon, 'certificate.failed');
    daemon.put('one.pem', third.cert);
    const { reason, certificate } = await failed;
    t.equal(certificate, 'default');
    t.match(reason, /one\.key does not hold the key of the certificate in .*one\.pem$/);
    t.equal(await served('one.test'), before);
    t.match((await show(daemon)).certificates, [{ name: 'default', error: reason }, { error: null }]);
    // The other one is not kept from being renewed, and the first not told again.
    const other = issue(authority, ['two.test']);
    const renewed = next(daemon, 'certificate.renewed');
    putPair(daemon, 'two', other);
    t.match(await renewed, { certificate: 'two' });
    t.equal(failures(), 1);
    // Nor does a worker that has to be replaced get it.
    const started = next(daemon, 'worker.start');
    process.kill(await daemon.workerPid(), 'SIGKILL');
    await started;
    t.equal(await served('one.test'), before);
    t.equal(await served('two.test'), fingerprint(other));
    const whole = next(daemon, 'certificate.renewed');
    daemon.put('one.key', third.key);
    t.match(await whole, { certificate: 'default' });
    while ((await served('one.test')) !== fingerprint(third));
    t.equal(failures(), 1);
    t.match((await show(daemon)).certificates, [{ error: null }, { error: null }]);
  });
  t.test('are not issued here', async (t) => {
    const { code, stderr } = await daemon.command('certificate', 'renew', 'default');
    t.same([code, stderr], [1, 'portico: default is read from files: whoever made them renews them\n']);
    t.match(await daemon.command('certificate', 'renew'), { code: 0, stdout: 'no certificate is issued here\n' });
  });
  t.test('an expired one does not take the place of a good one', async (t) => {
    const before = await served('one.test');
    const failed = next(daemon, 'certificate.failed');
    putPair(daemon, 'one', issue(authority, ['localhost', 'one.test'], Date.now() - 100 * dayMs));
    t.match((await failed)['reason'], /the certificate in .*one\.pem expired on \d{4}-\d\d-\d\d$/);
    t.equal(await served('one.test'), before);
    const { code, stderr } = await daemon.command('reload');
    t.equal(code, 78);
    t.match(stderr, /certificates\.default\.cert: the certificate in ".*one\.pem" expired on/);
    t.equal(await served('one.test'), before);
  });
});

t.test('portico check says what is wrong with a pair', async (t) => {
  const authority = authorityIn(t);
  const good = issue(authority, ['localhost']);
  const locked = createPrivateKey(good.key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'sesame',
  });
  const old = issue(authority, ['localhost'], Date.now() - 100 * dayMs);
  const cases = [
    ['expired', old, '', /^c\.yaml:1:34: certificates\.default\.cert: the certificate in ".*a\.pem" expired on \d{4}-/],
    [
      'a key of another certificate',
      { ...good, key: old.key },
      '',
      /^c\.yaml:1:48: certificates\.default\.key: ".*a\.key" does not hold the key of the certificate in ".*a\.pem"/,
    ],
    ['no certificate', { ...good, cert: 'hello' }, '', /^c\.yaml:1:34: .*".*a\.pem" holds no certificate in PEM form/],
    ['an encrypted key without a passphrase', { ...good, key: locked }, '', /^c\.yaml:1:48: .*holds an encrypted key/],
    [
      'a wrong passphrase',
      { ...good, key: locked },
      ', passphrase: wrong',
      /^c\.yaml:1:69: .*".*a\.key" cannot be decrypted: the passphrase is wrong/,
    ],
    ['nothing', { ...good, key: '' }, '', /^c\.yaml:1:48: .*a\.key" is empty/],
  ] as const;
  const folder = makeFolder(t);
  for (const [what, pair, more, expected] of cases) {
    t.test(what, async (t) => {
      for (const [name, text] of Object.entries(filesOf('a', pair))) fs.writeFileSync(join(folder, name), text);
      const config = `certificates: { default: { cert: ./a.pem, key: ./a.key${more} } }\nservices: { echo: { listen: tls://127.0.0.1:0 } }\n`;
      fs.writeFileSync(join(folder, 'c.yaml'), config);
      const { code, stderr } = await runPortico(['check', '-c', 'c.yaml'], { cwd: folder });
      t.equal(code, 78);
      t.match(stderr, expected);
      t.notMatch(stderr, /sesame/);
    });
  }
});
