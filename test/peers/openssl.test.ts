import { join } from 'node:path';

import t, { type Test } from 'tap';

import { startDaemon } from '../support/daemon.ts';
import { makeCertificates, makeFolder, needProgram, runPeer, startPeer } from '../support/peers.ts';

t.test('openssl s_client', async (t) => {
  const openssl = needProgram(t, 'openssl');
  if (openssl === null) return;
  const folder = makeFolder(t);
  const { ca, cert, key, otherCa } = await makeCertificates(t, openssl, folder);
  const other = await makeOtherCertificate(t, openssl, folder);
  const daemon = await startDaemon(
    t,
    `
certificates:
  default: { cert: ${cert}, key: ${key} }
  other: { cert: ${other.cert}, key: ${other.key} }
services:
  echo:
    listen: tls://127.0.0.1:0
    tls: { certificate: default, certificates: [other] }
  daytime: { listen: tls://127.0.0.1:0 }
  qotd: { listen: tls://127.0.0.1:0, quotes: [To be.] }
  new:
    type: echo
    listen: tls://127.0.0.1:0
    tls: { min_version: TLSv1.3 }
  known:
    type: echo
    listen: tls://127.0.0.1:0
    tls: { client_ca: ${ca}, client_certificate: required }
  chat: { listen: tls://127.0.0.1:0 }
  shell:
    type: exec
    listen: tls://127.0.0.1:0
    command: [/bin/sh, -c, 'read line; echo "heard $line"; exit 0']
`,
  );
  const trust = ['-verify_quiet', '-verify_return_error', '-CAfile', ca, '-servername', 'localhost'] as const;
  const command = async (service: string, ...args: string[]) => {
    const address = `127.0.0.1:${await daemon.port(service)}`;
    return [openssl, 's_client', '-quiet', ...trust, '-connect', address, ...args] as const;
  };
  const start = async (service: string, ...args: string[]) => startPeer(t, await command(service, ...args));

  await t.test('echo', async (t) => {
    const peer = await start('echo');
    peer.write('hello\n');
    t.ok(await peer.says(/^hello\n$/));
  });
  await t.test('daytime and qotd say their word and close properly', async (t) => {
    const daytime = await runPeer(t, await command('daytime'));
    t.match(daytime, { code: 0, stdout: /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\r\n$/, stderr: '' });
    const qotd = await runPeer(t, await command('qotd'));
    t.match(qotd, { code: 0, stdout: 'To be.\r\n', stderr: '' });
  });
  await t.test('exec, where the bytes are relayed', async (t) => {
    const { code, stdout } = await runPeer(t, await command('shell'), { input: 'something\n' });
    t.same([code, stdout], [0, 'heard something\n']);
  });
  await t.test('does not trust us by another authority', async (t) => {
    const { code, stderr } = await runPeer(t, await command('echo', '-CAfile', otherCa));
    t.equal(code, 1);
    t.match(stderr, /certificate verify failed/);
    const refused = await daemon.line(({ event }) => event === 'session.refused');
    t.match(refused, { service: 'echo', reason: 'tls', peer: /^127\.0\.0\.1:\d+$/ });
  });
  await t.test('gets the certificate of the name it asks for', async (t) => {
    for (const [name, subject] of [
      ['localhost', 'CN = localhost'],
      ['other.example', 'CN = other.example'],
      ['unknown.example', 'CN = localhost'],
    ] as const) {
      const args = ['-connect', `127.0.0.1:${await daemon.port('echo')}`, '-servername', name];
      const { stdout } = await runPeer(t, [openssl, 's_client', ...args]);
      t.equal(/^subject=(.*)$/m.exec(stdout)?.[1], subject, name);
    }
  });
  await t.test('is refused with a version that is too old', async (t) => {
    const { code, stderr } = await runPeer(t, await command('new', '-tls1_2'));
    t.equal(code, 1);
    t.match(stderr, /alert protocol version/);
    const refused = await daemon.line(({ event, service }) => event === 'session.refused' && service === 'new');
    t.match(refused, { reason: 'tls' });
    const peer = await start('new', '-tls1_3');
    peer.write('hello\n');
    await peer.says(/^hello\n$/);
  });
  await t.test('has to show a certificate where one is required', async (t) => {
    await runPeer(t, await command('known'));
    const refused = await daemon.line(({ event, service }) => event === 'session.refused' && service === 'known');
    t.match(refused, { reason: 'tls' });
    const peer = await start('known', '-cert', cert, '-key', key);
    peer.write('hello\n');
    await peer.says(/^hello\n$/);
  });
  await t.test('resumes its session', async (t) => {
    const session = join(folder, 'session.pem');
    const args = ['-connect', `127.0.0.1:${await daemon.port('qotd')}`, '-CAfile', ca, '-tls1_2'] as const;
    const first = await runPeer(t, [openssl, 's_client', ...args, '-sess_out', session]);
    t.match(first.stdout, /^New, TLSv1\.2/m);
    const second = await runPeer(t, [openssl, 's_client', ...args, '-sess_in', session]);
    t.match(second.stdout, /^Reused, TLSv1\.2/m);
  });
  await t.test('two of them chat', async (t) => {
    const [alice, bob] = [await start('chat'), await start('chat')];
    alice.write('alice\n');
    await alice.says(/\* alice joined lobby\r\n/);
    bob.write('bob\n');
    await alice.says(/\* bob joined lobby\r\n/);
    bob.write('hello, alice\n');
    await alice.says(/<bob> hello, alice\r\n/);
    const sessions = await daemon.sessions();
    t.same(
      sessions.filter(({ service }) => service === 'chat').map(({ tls }) => tls),
      ['TLSv1.3', 'TLSv1.3'],
    );
    bob.write('/quit\n');
    t.equal(await bob.ended, 0);
    await alice.says(/\* bob left lobby\r\n/);
  });
});

async function makeOtherCertificate(t: Test, openssl: string, folder: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = [join(folder, 'other.pem'), join(folder, 'other.key')];
  const name = ['-subj', '/CN=other.example', '-addext', 'subjectAltName=DNS:other.example'];
  const files = ['-keyout', key, '-out', cert];
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30'];
  const { code, stderr } = await runPeer(t, [openssl, 'req', ...kind, ...name, ...files]);
  if (code !== 0) throw new Error(stderr);
  return { cert, key };
}
