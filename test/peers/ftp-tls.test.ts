import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { accountsOf } from '../daemon/logins.ts';
import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { makeFolder, needProgram, runPeer } from '../support/peers.ts';

const config = `accounts: ./accounts.yaml
logging: { outputs: [{ console: json }] }
certificates: { local: { self_signed: [localhost, 127.0.0.1] } }
services:
  ftp: &ftp
    type: ftp
    listen: [tcp://127.0.0.1:0, { address: tls://127.0.0.1:0, certificate: local }]
    root: ./files
    anonymous: { root: ./files }
    tls: { certificate: local }
    require_tls: true
  strict: { <<: *ftp, tls_session_reuse: required }
`;

interface Stage {
  readonly daemon: TestDaemon;
  readonly ca: string;
  /** What the services show. */
  readonly root: string;
  /** The peers' own. */
  readonly local: string;
  /** Ports, by service and way. */
  readonly ports: Readonly<Record<'ftp' | 'strict', { readonly explicit: number; readonly implicit: number }>>;
}

async function setUp(t: Test): Promise<Stage> {
  const daemon = await startDaemon(t, config, { files: { 'accounts.yaml': await accountsOf({ alice: 'sesame' }) } });
  const root = join(daemon.folder, 'files');
  fs.mkdirSync(root, { recursive: true });
  fs.chmodSync(root, 0o777);
  const portsOf = async (service: string): Promise<{ explicit: number; implicit: number }> => ({
    explicit: await daemon.port(service, 0),
    implicit: await daemon.port(service, 1),
  });
  return {
    daemon,
    root,
    local: makeFolder(t),
    ca: join(daemon.folder, 'var/ca/ca.pem'),
    ports: { ftp: await portsOf('ftp'), strict: await portsOf('strict') },
  };
}

const large = randomBytes(3_000_000);

t.test('curl', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const { ca, local, ports, root } = await setUp(t);
  const [sent, back] = [join(local, 'large'), join(local, 'back')];
  fs.writeFileSync(sent, large);
  const urls = [
    ['explicit', `ftp://localhost:${ports.ftp.explicit}`],
    ['implicit', `ftps://localhost:${ports.ftp.implicit}`],
    ['explicit, sessions used again', `ftp://localhost:${ports.strict.explicit}`],
    ['implicit, sessions used again', `ftps://localhost:${ports.strict.implicit}`],
  ] as const;
  for (const [way, url] of urls) {
    for (const version of ['1.2', '1.3']) {
      const common = ['-sS', '--cacert', ca, '--ssl-reqd', `--tlsv${version}`, '--tls-max', version] as const;
      // One transfer for each login: in TLS 1.3 curl uses a ticket once, and Node gives none to who has come with one.
      for (const [args, stdout] of [
        [['-u', 'alice:sesame', '-T', sent, `${url}/sent`], ''],
        [['-o', back, `${url}/sent`], ''],
        [['-l', `${url}/`], 'sent\n'],
      ] as const) {
        const result = await runPeer(t, [curl, ...common, ...args]);
        t.match(result, { code: 0, stdout, stderr: '' }, `${way}, TLS ${version}: ${args[0]}`);
      }
      t.ok(fs.readFileSync(back).equals(large));
      fs.rmSync(join(root, 'sent'));
    }
  }
});

t.test('fifty logins by explicit TLS, and none fails', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const { ca, ports } = await setUp(t);
  const list = [curl, '-sS', '--cacert', ca, '--ssl-reqd', '-l'] as const;
  const codes: (number | null)[] = [];
  while (codes.length < 50) {
    const runs = Array.from({ length: 5 }, () => runPeer(t, [...list, `ftp://localhost:${ports.strict.explicit}/`]));
    for (const { code } of await Promise.all(runs)) codes.push(code);
  }
  t.same(codes, Array<number>(50).fill(0));
});

t.test('lftp', async (t) => {
  const lftp = needProgram(t, 'lftp');
  if (lftp === null) return;
  const { ca, local, ports, root } = await setUp(t);
  fs.writeFileSync(join(local, 'large'), large);
  const settings = [
    `set ssl:ca-file ${ca}`,
    'set ftp:ssl-force yes',
    'set ftp:ssl-protect-data yes',
    'set net:max-retries 1',
    'set cmd:fail-exit yes',
  ].join('; ');
  for (const [way, url] of [
    ['explicit', `ftp://localhost:${ports.strict.explicit}`],
    ['implicit', `ftps://localhost:${ports.strict.implicit}`],
  ] as const) {
    await t.test(way, async (t) => {
      const script = `${settings}; open -u alice,sesame ${url}; put large -o sent; get sent -o back; cls -1; rm sent`;
      t.match(await runPeer(t, [lftp, '-c', script], { cwd: local }), { code: 0, stdout: 'sent\n', stderr: '' });
      t.ok(fs.readFileSync(join(local, 'back')).equals(large));
      fs.rmSync(join(local, 'back'));
      t.equal(fs.existsSync(join(root, 'sent')), false);
    });
  }
});

// ftplib itself begins a TLS session of its own for each data connection.
const ftplib = `
import ftplib, io, ssl, sys
port, version, reuses = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "reuses"
class Again(ftplib.FTP_TLS):
    def ntransfercmd(self, cmd, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:
            connection = self.context.wrap_socket(connection, server_hostname=self.host, session=self.sock.session)
            print("reused" if connection.session_reused else "new", end=" ")
        return connection, size
context = ssl.create_default_context(cafile=sys.argv[4])
context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
ftp = (Again if reuses else ftplib.FTP_TLS)(context=context)
ftp.connect("localhost", port)
ftp.login("alice", "sesame")
ftp.prot_p()
ftp.set_pasv(sys.argv[5] == "passive")
try:
    for _ in range(3):
        ftp.storbinary("STOR sent", io.BytesIO(b"ab" * 500000))
        got = io.BytesIO()
        ftp.retrbinary("RETR sent", got.write)
        assert got.getvalue() == b"ab" * 500000
    print(ftp.nlst(), end=" ")
    ftp.delete("sent")
except (ftplib.Error, ssl.SSLError, OSError) as error:
    print(error, end=" ")
ftp.quit()
`;

t.test('ftplib', async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const { ca, ports } = await setUp(t);
  type How = 'reuses' | 'plain';
  const run = async (service: 'ftp' | 'strict', version: string, how: How, way = 'passive'): Promise<string> => {
    const { explicit } = ports[service];
    const { stdout, stderr } = await runPeer(t, [python, '-c', ftplib, String(explicit), version, how, ca, way]);
    return stdout.trim() + stderr;
  };
  for (const version of ['TLSv1_2', 'TLSv1_3']) {
    t.equal(await run('strict', version, 'reuses'), `${'reused '.repeat(7)}['sent']`, version);
    t.equal(await run('strict', version, 'reuses', 'active'), `${'reused '.repeat(7)}['sent']`, `${version}, active`);
    t.equal(await run('ftp', version, 'plain'), "['sent']", version);
    t.match(
      await run('strict', version, 'plain'),
      /^4\d\d .*the TLS session of the control connection was not used again/i,
      version,
    );
  }
});
