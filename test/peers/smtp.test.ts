import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { accountsOf } from '../daemon/logins.ts';
import { startDaemon, type LogLine } from '../support/daemon.ts';
import { dial } from '../support/dial.ts';
import { linesOf, needProgram, runPeer, wantProgram } from '../support/peers.ts';

const message = 'Subject: from a program\r\nFrom: a@from.example\r\nTo: b@to.example\r\n\r\nHello\r\n.dot\r\n';

t.test('programs that send mail', async (t) => {
  const daemon = await startDaemon(
    t,
    `accounts: ./accounts.yaml
certificates: { local: { self_signed: [localhost, 127.0.0.1] } }
deliveries: { archive: { type: directory, path: ./archive } }
services:
  mail:
    type: smtp
    listen: [tcp://127.0.0.1:0, { address: tls://127.0.0.1:0, certificate: local }]
    tls: { certificate: local }
    hostname: localhost
    auth: optional
    deliver: [archive]
  strict: { type: smtp, listen: tcp://127.0.0.1:0, tls: { certificate: local }, auth: required, require_tls: true, deliver: [archive] }
`,
    { files: { 'accounts.yaml': await accountsOf({ alice: 'sesame' }), 'mail.eml': message } },
  );
  fs.chmodSync(daemon.folder, 0o755);
  const [plain, secure, strict] = [
    await daemon.port('mail', 0),
    await daemon.port('mail', 1),
    await daemon.port('strict'),
  ];
  const ca = join(daemon.folder, 'var/ca/ca.pem');
  const mail = join(daemon.folder, 'mail.eml');
  let count = 0;
  /** What was taken in since the last time. */
  const taken = async (): Promise<LogLine> => {
    count += 1;
    return (await linesOf(daemon, 'item.received', count))[count - 1] as LogLine;
  };

  await t.test('text behind STARTTLS is not taken for what comes after the handshake', async (t) => {
    const peer = await dial(plain);
    await peer.write('EHLO me\r\nSTARTTLS\r\nMAIL FROM:<evil@x.example>\r\n');
    t.match((await peer.rest()).toString(), /\r\n554 5\.5\.1 Text was sent behind STARTTLS\r\n$/);
    peer.end();
    const other = await dial(plain);
    await other.write('EHLO me\r\nSTARTTLS now\r\nQUIT\r\n');
    t.match((await other.rest()).toString(), /\r\n501 .*\r\n221 .*\r\n$/);
    other.end();
  });
  await t.test('curl, over STARTTLS, with a login', async (t) => {
    const curl = needProgram(t, 'curl');
    if (curl === null) return;
    const envelope = ['--mail-from', 'a@from.example', '--mail-rcpt', 'b@to.example', '-T', mail] as const;
    const tls = ['--ssl-reqd', '--cacert', ca] as const;
    const send = (...args: readonly string[]) => runPeer(t, [curl, '-sS', ...envelope, ...args]);
    t.match(await send(`smtp://localhost:${strict}`, ...tls, '-u', 'alice:sesame'), { code: 0, stderr: '' });
    t.match(await taken(), { service: 'strict', account: 'alice', from: 'a@from.example', to: ['b@to.example'] });
    // CURLE_LOGIN_DENIED, CURLE_SEND_ERROR
    t.equal((await send(`smtp://localhost:${strict}`, ...tls, '-u', 'alice:wrong')).code, 67);
    t.equal((await send(`smtp://localhost:${strict}`, ...tls)).code, 55);
    t.equal((await send(`smtp://localhost:${strict}`)).code, 55);
    t.match(await send(`smtps://localhost:${secure}`, '--cacert', ca), { code: 0, stderr: '' });
    t.match(await taken(), { service: 'mail' });
  });
  await t.test("python3's smtplib", async (t) => {
    const python = needProgram(t, 'python3');
    if (python === null) return;
    const program = `
import smtplib, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
with smtplib.SMTP('localhost', int(sys.argv[1])) as s:
    print(sorted(s.ehlo()[1].decode().split('\\n')[1:]))
    s.starttls(context=context)
    s.login('alice', 'sesame')
    print(sorted(s.esmtp_features))
    for i in range(3):
        s.sendmail('a@from.example', ['b@to.example', 'c@to.example'], 'Subject: %d\\n\\n.\\n..x\\nend' % i)
    try: s.sendmail('a@from.example', ['x' * 300 + '@to.example'], 'x')
    except smtplib.SMTPRecipientsRefused as e: print(list(e.recipients.values())[0][0])
`;
    const { stdout, stderr, code } = await runPeer(t, [python, '-c', program, String(plain), ca]);
    t.same([code, stderr], [0, '']);
    t.same(stdout.trim().split('\n'), [
      "['8BITMIME', 'AUTH PLAIN LOGIN', 'ENHANCEDSTATUSCODES', 'PIPELINING', 'SIZE 26214400', 'SMTPUTF8', 'STARTTLS']",
      "['8bitmime', 'auth', 'enhancedstatuscodes', 'pipelining', 'size', 'smtputf8']",
      '501',
    ]);
    for (let each = 0; each < 3; each += 1)
      t.match(await taken(), { to: ['b@to.example', 'c@to.example'], account: 'alice' });
  });
  await t.test('swaks', async (t) => {
    const swaks = wantProgram(t, 'swaks');
    if (swaks === null) return;
    const args = ['--server', `localhost:${plain}`, '--from', 'a@from.example', '--to', 'b@to.example', '--pipeline'];
    const { code, stdout } = await runPeer(t, [swaks, ...args, '--suppress-data']);
    t.equal(code, 0, stdout);
    t.match(await taken(), { from: 'a@from.example' });
  });
  await t.test('msmtp', async (t) => {
    const msmtp = wantProgram(t, 'msmtp');
    if (msmtp === null) return;
    const args = [
      '--host=localhost',
      `--port=${plain}`,
      '--from=a@from.example',
      '--tls=on',
      '--tls-starttls=on',
      `--tls-trust-file=${ca}`,
    ];
    const sent = await runPeer(t, [msmtp, ...args, 'b@to.example'], { input: message });
    t.match(sent, { code: 0, stderr: '' });
    t.match(await taken(), { from: 'a@from.example', to: ['b@to.example'] });
  });
});
