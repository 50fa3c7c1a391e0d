import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { runPortico, startDaemon } from '../support/daemon.ts';
import { makeFolder, needProgram, needPrograms, runPeer } from '../support/peers.ts';

// The local authority's certificates, as other programs see them.

const names = '[localhost, 127.0.0.1, "::1", "*.example.test"]';
const config = `certificates:
  default: { self_signed: ${names} }
services:
  echo: { listen: tls://127.0.0.1:0 }
  page:
    type: exec
    listen: tls://127.0.0.1:0
    command: [/bin/sh, -c, 'while read -r line && [ "$line" != "$(printf "\\r")" ]; do :; done; printf "HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n"']
`;

t.test('openssl', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const daemon = await startDaemon(t, config);
  const ca = join(daemon.folder, 'var/ca/ca.pem');
  const issued = join(daemon.folder, 'var/ca/issued/default.pem');
  const address = `127.0.0.1:${await daemon.port('echo')}`;
  const client = async (...args: string[]) =>
    await runPeer(t, [openssl, 's_client', '-connect', address, '-verify_return_error', '-CAfile', ca, ...args]);

  await t.test('verifies the chain strictly', async (t) => {
    const { code, stdout, stderr } = await runPeer(t, [openssl, 'verify', '-x509_strict', '-CAfile', ca, issued]);
    t.same([code, stdout, stderr], [0, `${issued}: OK\n`, '']);
    const server = await runPeer(t, [openssl, 'verify', '-purpose', 'sslserver', '-CAfile', ca, issued]);
    t.equal(server.code, 0);
    const other = await runPeer(t, [openssl, 'verify', '-purpose', 'sslclient', '-CAfile', ca, issued]);
    t.not(other.code, 0, 'it is no client’s');
  });
  await t.test('s_client accepts each of its names', async (t) => {
    for (const check of [
      ['-verify_hostname', 'localhost', '-servername', 'localhost'],
      ['-verify_hostname', 'www.example.test', '-servername', 'www.example.test'],
      ['-verify_ip', '127.0.0.1'],
      ['-verify_ip', '::1'],
    ]) {
      const { code, stdout } = await client(...check);
      t.equal(code, 0, check.join(' '));
      t.match(stdout, /^Verify return code: 0 \(ok\)/m);
    }
  });
  await t.test('s_client refuses others', async (t) => {
    for (const check of [
      ['-verify_hostname', 'another.test'],
      ['-verify_hostname', 'a.b.example.test'],
      ['-verify_ip', '127.0.0.2'],
    ]) {
      const { code, stdout, stderr } = await client(...check);
      t.equal(code, 1, check.join(' '));
      t.match(stdout + stderr, /(?:hostname|IP address) mismatch/i);
    }
  });
});

t.test('curl', async (t) => {
  const curl = needProgram(t, 'curl');
  if (curl === null) return;
  const daemon = await startDaemon(t, config);
  const ca = join(daemon.folder, 'var/ca/ca.pem');
  const port = await daemon.port('page');
  const get = async (host: string, ...args: string[]) =>
    await runPeer(
      t,
      [curl, '-sS', '--noproxy', '*', '--resolve', `${host}:${port}:127.0.0.1`, ...args, `https://${host}:${port}/`],
      {
        env: { CURL_CA_BUNDLE: '', SSL_CERT_FILE: '' },
      },
    );
  for (const host of ['localhost', '127.0.0.1', 'www.example.test']) {
    t.match(await get(host, '--cacert', ca), { code: 0, stdout: 'hello\n', stderr: '' }, host);
  }
  t.match(await get('another.test', '--cacert', ca), { code: 60, stderr: /no alternative certificate subject name/ });
  t.match(await get('localhost'), { code: 60 }, 'without the file it is not trusted');
});

t.test('python3 ssl', async (t) => {
  const python = needProgram(t, 'python3');
  if (python === null) return;
  const daemon = await startDaemon(t, config);
  const folder = makeFolder(t, {
    'talk.py': `import socket, ssl, sys
port, ca, *names = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
if hasattr(ssl, 'VERIFY_X509_STRICT'):
    context.verify_flags |= ssl.VERIFY_X509_STRICT
for name in names:
    try:
        with socket.create_connection(('127.0.0.1', int(port))) as plain:
            with context.wrap_socket(plain, server_hostname=name) as secure:
                secure.sendall(b'hello')
                print(name, secure.version(), secure.recv(5).decode())
    except ssl.SSLCertVerificationError as error:
        print(name, error.verify_message)
`,
  });
  const ca = join(daemon.folder, 'var/ca/ca.pem');
  const args = [String(await daemon.port('echo')), ca, 'localhost', '127.0.0.1', 'www.example.test', 'another.test'];
  const { code, stdout, stderr } = await runPeer(t, [python, join(folder, 'talk.py'), ...args]);
  t.same([code, stderr], [0, '']);
  t.match(
    stdout,
    /^localhost TLSv1\.3 hello\n127\.0\.0\.1 TLSv1\.3 hello\nwww\.example\.test TLSv1\.3 hello\nanother\.test Hostname mismatch/,
  );
});

t.test('htpasswd and openssl passwd make what portico user lists', async (t) => {
  const programs = needPrograms(t, 'htpasswd', 'openssl');
  if (programs === null) return;
  const folder = makeFolder(t, {
    'c.yaml': 'accounts: ./users.htpasswd\nservices: { echo: { listen: tcp://127.0.0.1:0 } }\n',
  });
  const file = join(folder, 'users.htpasswd');
  const made = await runPeer(t, [programs.htpasswd, '-cbB', '-C', '4', file, 'alice', 'sesame']);
  t.equal(made.code, 0);
  const hash = (await runPeer(t, [programs.openssl, 'passwd', '-6', 'sesame'])).stdout.trim();
  fs.appendFileSync(file, `bob:${hash}\n`);
  const { code, stdout } = await runPortico(['user', 'list', '--json', '-c', 'c.yaml'], { cwd: folder });
  t.equal(code, 0);
  t.match(JSON.parse(stdout), [{ name: 'alice' }, { name: 'bob' }]);
  t.notMatch(stdout, /\$6\$|\$2y\$|sesame/);
  const added = await runPortico(['user', 'add', 'carol', '-c', 'c.yaml'], { cwd: folder, input: 'open\n' });
  t.match(added, { code: 1, stderr: /an htpasswd file is kept with the program of that name: htpasswd -B / });
  const checked = await runPeer(t, [programs.htpasswd, '-vb', file, 'alice', 'sesame']);
  t.equal(checked.code, 0, 'and htpasswd still understands its own');
});
