import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';

import t, { type Test } from 'tap';

import { startAcmeServer, type AcmeServer } from '../support/acme-server.ts';
import { launchDaemon, startDaemon, type LogLine, type TestDaemon } from '../support/daemon.ts';
import { freePort, makeFolder } from '../support/peers.ts';
import { scrape } from './scrape.ts';

interface Stage {
  readonly server: AcmeServer;
  /** Where the authority looks for proofs. */
  readonly port: number;
  readonly state: string;
  readonly ca: string;
}

async function setUp(t: Test): Promise<Stage> {
  const port = await freePort('tcp');
  const server = await startAcmeServer(t, { challengePort: port });
  const folder = makeFolder(t, { 'acme-ca.pem': server.ca });
  return { server, port, state: join(folder, 'state'), ca: join(folder, 'acme-ca.pem') };
}

function config({ server, port, state, ca }: Stage, kind: 'http-01' | 'tls-alpn-01', more = ''): string {
  const proof = kind === 'http-01' ? `listen: tcp://127.0.0.1:${port}` : 'challenge: tls-alpn-01';
  return `daemon: { state: ${state}, runtime: ./var }
admin: { listen: tcp://127.0.0.1:0 }
certificates:
  default: { acme: [www.example.test], email: admin@example.test, directory: "${server.directory}", ca: ${ca}, ${proof}${more} }
services:
  echo: { listen: tls://127.0.0.1:${kind === 'http-01' ? 0 : port} }
`;
}

/** Who checks the name, and trusts this authority. */
async function served(daemon: TestDaemon, ca: string): Promise<X509Certificate> {
  const port = await daemon.port('echo');
  const socket = connect({ port, host: '127.0.0.1', servername: 'www.example.test', ca });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate() as X509Certificate;
  } finally {
    socket.destroy();
  }
}

/** The certificate of the public authority, once it is served. */
async function servedBy(daemon: TestDaemon, server: AcmeServer): Promise<X509Certificate> {
  for (;;) {
    const found = await served(daemon, server.ca).catch(() => null);
    if (found !== null) return found;
  }
}

const orders = ({ asked }: AcmeServer): number => asked.filter((step) => step === 'POST new-order').length;
const is =
  (event: string) =>
  (line: LogLine): boolean =>
    line.event === event;

for (const kind of ['http-01', 'tls-alpn-01'] as const) {
  t.test(`a certificate of a public authority, by ${kind}`, async (t) => {
    const stage = await setUp(t);
    const { server, state } = stage;
    const daemon = await startDaemon(t, config(stage, kind));

    t.test('until it is issued, the local authority stands in', async (t) => {
      const local = fs.readFileSync(join(state, 'ca/ca.pem'), 'utf8');
      const certificate = await served(daemon, local);
      t.equal(certificate.subjectAltName, 'DNS:www.example.test');
    });
    t.test('then it is served, without a reload', async (t) => {
      const renewed = await daemon.line(is('certificate.renewed'));
      t.match(renewed, { certificate: 'default' });
      const certificate = await servedBy(daemon, server);
      t.equal(certificate.subjectAltName, 'DNS:www.example.test');
      t.equal((await daemon.status()).generation, 1);
      const { stdout } = await daemon.command('certificate', 'show', '--json');
      t.match(JSON.parse(stdout), {
        certificates: [
          {
            name: 'default',
            kind: 'acme',
            names: ['www.example.test'],
            fingerprint: certificate.fingerprint256,
            file: join(state, 'acme/default.pem'),
            error: null,
          },
        ],
      });
      const expiry = (await scrape(daemon)).get('portico_certificate_expiry_seconds{certificate="default"}');
      t.equal(expiry, certificate.validToDate.getTime() / 1000);
      t.equal(fs.statSync(join(state, 'acme/default.key')).mode & 0o777, 0o600);
      t.same(
        [...server.accounts.values()].map(({ contact }) => contact),
        [['mailto:admin@example.test']],
      );
      t.equal(daemon.lines.filter(is('certificate.failed')).length, 0);
    });
    t.test('portico certificate renew asks for another one', async (t) => {
      const before = await servedBy(daemon, server);
      const { code, stdout, stderr } = await daemon.command('certificate', 'renew');
      t.same([code, stdout, stderr], [0, 'renewed: default\n', '']);
      let after = await servedBy(daemon, server);
      while (after.fingerprint256 === before.fingerprint256) after = await servedBy(daemon, server);
      t.equal(orders(server), 2);
      t.equal(server.accounts.size, 1);
    });
    t.test('a refusal of the authority is the command’s answer, and the certificate stays', async (t) => {
      const before = await servedBy(daemon, server);
      (server.trouble as { disbelieved: readonly string[] }).disbelieved = ['www.example.test'];
      const failed = daemon.nextLine(is('certificate.failed'));
      const { code, stderr } = await daemon.command('certificate', 'renew', 'default');
      t.equal(code, 1);
      t.match(stderr, /www\.example\.test.*it does not believe anything/);
      const { again, reason, certificate } = await failed;
      t.equal(certificate, 'default');
      t.match(reason, /it does not believe anything/);
      t.ok(Date.parse(String(again)) > Date.now());
      t.equal((await served(daemon, server.ca)).fingerprint256, before.fingerprint256);
      (server.trouble as { disbelieved: readonly string[] }).disbelieved = [];
    });
    t.test('a restart serves it at once, and asks for nothing', async (t) => {
      const before = await servedBy(daemon, server);
      daemon.signal('SIGTERM');
      await daemon.exited;
      const asked = server.asked.length;
      const next = await startDaemon(t, config(stage, kind));
      t.equal((await served(next, server.ca)).fingerprint256, before.fingerprint256);
      // Long enough for the registry to have begun.
      t.match(await next.command('bans'), { code: 0 });
      next.signal('SIGTERM');
      await next.exited;
      t.equal(server.asked.length, asked);
    });
  });
}

t.test('an authority that refuses is not asked again at once', async (t) => {
  const stage = await setUp(t);
  const { server, state } = stage;
  (server.trouble as { disbelieved: readonly string[] }).disbelieved = ['www.example.test'];
  const daemon = await startDaemon(t, config(stage, 'http-01'));
  const { again, reason, severity } = await daemon.line(is('certificate.failed'));
  t.equal(severity, 'err');
  t.match(reason, /www\.example\.test/);
  const waitMs = Date.parse(String(again)) - Date.now();
  t.ok(waitMs > 30_000 && waitMs < 120_000, `after about a minute: ${waitMs}`);
  await served(daemon, fs.readFileSync(join(state, 'ca/ca.pem'), 'utf8'));
  t.pass('the local one goes on standing in');
  const asked = orders(server);

  t.test('nor by the next daemon', async (t) => {
    daemon.signal('SIGTERM');
    await daemon.exited;
    const next = await startDaemon(t, config(stage, 'http-01'));
    t.match(await next.command('bans'), { code: 0 });
    t.equal(orders(server), asked);
    t.test('but when the operator says so', async (t) => {
      (server.trouble as { disbelieved: readonly string[] }).disbelieved = [];
      t.match(await next.command('certificate', 'renew'), { code: 0, stdout: 'renewed: default\n' });
      await servedBy(next, server);
    });
  });
});

t.test('what is at the port for proofs', async (t) => {
  const stage = await setUp(t);
  (stage.server.trouble as { disbelieved: readonly string[] }).disbelieved = ['www.example.test'];
  const daemon = await startDaemon(t, config(stage, 'http-01'));
  const at = async (path: string): Promise<readonly [number, string]> => {
    const response = await fetch(`http://127.0.0.1:${stage.port}${path}`);
    return [response.status, await response.text()];
  };
  t.same(await at('/'), [404, 'not found\n']);
  t.same(await at('/.well-known/acme-challenge/none'), [404, 'not found\n']);
  t.same(await at('/.well-known/acme-challenge/..%2f..%2fetc%2fpasswd'), [404, 'not found\n']);
  t.same(
    (await daemon.status()).services.map(({ name }) => name),
    ['echo'],
  );
});

t.test('a port for proofs that is taken ends a start with 69', async (t) => {
  const stage = await setUp(t);
  const taken = { ...stage, port: Number(new URL(stage.server.directory).port) };
  const daemon = launchDaemon(t, config(taken, 'http-01'));
  t.same(await daemon.exited, { code: 69, signal: null });
});

t.test('the hook gets what was issued', async (t) => {
  const stage = await setUp(t);
  const output = join(makeFolder(t), 'environment');
  const command = `, command: [/bin/sh, -c, 'env > "$0.new"; mv "$0.new" "$0"', ${output}]`;
  const daemon = await startDaemon(t, config(stage, 'http-01', command));
  await daemon.line(is('certificate.renewed'));
  while (!fs.existsSync(output)) await new Promise((resolve) => setImmediate(resolve));
  t.match(
    fs.readFileSync(output, 'utf8'),
    new RegExp(`^PORTICO_CERTIFICATE=${stage.state}/ca/public/default\\.pem$`, 'm'),
  );
  t.match(fs.readFileSync(output, 'utf8'), new RegExp(`^PORTICO_KEY=${stage.state}/ca/public/default\\.key$`, 'm'));
});
