import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { accountsOf } from '../daemon/logins.ts';
import { makeMaildir, type Mails } from '../services/pop3/stage.ts';
import { startDaemon } from '../support/daemon.ts';
import { dial } from '../support/dial.ts';
import { needProgram, runPeer, wantProgram } from '../support/peers.ts';

const mails = {
  'new/1.a': 'Subject: one\nFrom: a@from.example\n\n.dot\n..two\nend\n',
  'new/2.b': 'Subject: two\r\nFrom: a@from.example\r\n\r\nwithout an end',
};
const sent = ['Subject: one\r\nFrom: a@from.example\r\n\r\n.dot\r\n..two\r\nend\r\n', `${mails['new/2.b']}\r\n`];

t.test('programs that fetch mail', async (t) => {
  const daemon = await startDaemon(
    t,
    `accounts: ./accounts.yaml
certificates: { local: { self_signed: [localhost, 127.0.0.1] } }
services:
  mail:
    type: pop3
    listen: [tcp://127.0.0.1:0, { address: tls://127.0.0.1:0, certificate: local }]
    tls: { certificate: local }
  strict: { type: pop3, listen: tcp://127.0.0.1:0, tls: { certificate: local }, require_tls: true }
`,
    { files: { 'accounts.yaml': await accountsOf({ alice: 'sesame' }) } },
  );
  const [plain, secure, strict] = [
    await daemon.port('mail', 0),
    await daemon.port('mail', 1),
    await daemon.port('strict'),
  ];
  const ca = join(daemon.folder, 'var/ca/ca.pem');
  const mailbox = join(daemon.folder, 'var/mail/alice');
  const fill = (given: Mails): void => {
    fs.rmSync(mailbox, { recursive: true, force: true });
    makeMaildir(mailbox, given);
    openToAll(join(daemon.folder, 'var/mail'));
  };
  const names = (): string[] =>
    ['new', 'cur'].flatMap((name) => fs.readdirSync(join(mailbox, name)).map((file) => `${name}/${file}`)).sort();

  await t.test('text behind STLS is not taken for what comes after the handshake', async (t) => {
    for (const behind of ['USER evil\r\n', 'USE', '\r\n', 'STLS\r\n']) {
      const peer = await dial(plain);
      await peer.write(`STLS\r\n${behind}`);
      t.equal(String(await peer.rest()), '+OK POP3\r\n-ERR Text was sent behind STLS\r\n', behind);
      peer.end();
    }
  });
  await t.test('curl', async (t) => {
    const curl = needProgram(t, 'curl');
    if (curl === null) return;
    fill(mails);
    const get = (...args: readonly string[]) => runPeer(t, [curl, '-sS', '--cacert', ca, ...args]);
    const user = ['-u', 'alice:sesame'] as const;
    t.match(await get(`pop3://127.0.0.1:${plain}`, ...user), { code: 0, stdout: '1 56\r\n2 54\r\n' });
    t.equal((await get(`pop3s://localhost:${secure}/1`, ...user)).stdout, sent[0]);
    t.equal((await get(`pop3://localhost:${strict}/2`, '--ssl-reqd', ...user)).stdout, sent[1]);
    t.equal(
      (await get(`pop3://localhost:${strict}/2`, '--ssl-reqd', '--login-options', 'AUTH=PLAIN', ...user)).code,
      0,
    );
    // CURLE_LOGIN_DENIED
    t.equal((await get(`pop3://localhost:${plain}`, '-u', 'alice:wrong')).code, 67);
    t.equal((await get(`pop3://localhost:${strict}`, ...user)).code, 67);
    t.same(names(), ['cur/1.a:2,S', 'cur/2.b:2,S']);
  });
  await t.test("python3's poplib", async (t) => {
    const python = needProgram(t, 'python3');
    if (python === null) return;
    fill(mails);
    const program = `
import poplib, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
p = poplib.POP3('localhost', int(sys.argv[1]))
print(sorted(p.capa()))
p.stls(context=context)
print(sorted(p.capa()))
p.user('alice'); p.pass_('sesame')
print(p.stat(), p.list()[1], p.uidl()[1])
for n in 1, 2:
    _, lines, octets = p.retr(n)
    print(lines, octets)
print(p.top(1, 1)[1])
p.dele(1); p.rset(); p.dele(2)
q = poplib.POP3_SSL('localhost', int(sys.argv[3]), context=context)
q.user('alice')
try: q.pass_('sesame')
except poplib.error_proto as e: print(e)
print(p.quit())
`;
    const { stdout, stderr, code } = await runPeer(t, [python, '-c', program, String(plain), ca, String(secure)]);
    t.same([code, stderr], [0, '']);
    t.same(stdout.trim().split('\n'), [
      "['AUTH-RESP-CODE', 'EXPIRE', 'PIPELINING', 'RESP-CODES', 'SASL', 'STLS', 'TOP', 'UIDL', 'USER']",
      "['AUTH-RESP-CODE', 'EXPIRE', 'PIPELINING', 'RESP-CODES', 'SASL', 'TOP', 'UIDL', 'USER']",
      "(2, 110) [b'1 56', b'2 54'] [b'1 1.a', b'2 2.b']",
      "[b'Subject: one', b'From: a@from.example', b'', b'.dot', b'..two', b'end'] 56",
      "[b'Subject: two', b'From: a@from.example', b'', b'without an end'] 54",
      "[b'Subject: one', b'From: a@from.example', b'', b'.dot']",
      "b'-ERR [IN-USE] Another session has the mailbox'",
      "b'+OK Bye'",
    ]);
    t.same(names(), ['cur/1.a:2,S']);
  });
  await t.test('mpop, which takes new messages only, by their UIDs', async (t) => {
    const mpop = wantProgram(t, 'mpop');
    if (mpop === null) return;
    fill(mails);
    const box = join(daemon.folder, 'fetched');
    const fetch = () =>
      runPeer(t, [
        mpop,
        '--host=localhost',
        `--port=${plain}`,
        '--user=alice',
        '--passwordeval=echo sesame',
        '--tls=on',
        '--tls-starttls=on',
        `--tls-trust-file=${ca}`,
        `--delivery=mbox,${box}`,
        `--uidls-file=${join(daemon.folder, 'uidls')}`,
        '--keep=on',
      ]);
    t.match(await fetch(), { code: 0, stderr: '' });
    t.match(await fetch(), { code: 0, stderr: '' });
    t.equal(fs.readFileSync(box, 'utf8').match(/^Subject: /gm)?.length, 2);
    t.same(names(), ['cur/1.a:2,S', 'cur/2.b:2,S']);
  });
  await t.test('fetchmail, which deletes what it has', async (t) => {
    const fetchmail = wantProgram(t, 'fetchmail');
    if (fetchmail === null) return;
    fill(mails);
    const box = join(daemon.folder, 'taken');
    const file = daemon.put(
      'fetchmailrc',
      `poll localhost protocol pop3 port ${plain} user alice password sesame sslproto "TLS1.2+" sslcertck sslcertfile "${ca}" mda "cat >>${box}"\n`,
    );
    fs.chmodSync(file, 0o600);
    const { code, stdout, stderr } = await runPeer(
      t,
      [fetchmail, '-f', file, '--nodetach', '--pidfile', `${file}.pid`],
      {
        env: { HOME: daemon.folder, FETCHMAILHOME: daemon.folder },
      },
    );
    t.equal(code, 0, stdout + stderr);
    t.equal(fs.readFileSync(box, 'utf8').match(/^Subject: /gm)?.length, 2);
    t.same(names(), []);
  });
});

/** The worker may be somebody else than who runs the test. */

function openToAll(path: string): void {
  fs.chmodSync(path, fs.statSync(path).isDirectory() ? 0o777 : 0o666);
  if (!fs.statSync(path).isDirectory()) return;
  for (const name of fs.readdirSync(path)) openToAll(join(path, name));
}
