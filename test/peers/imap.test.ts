import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { accountsOf } from '../daemon/logins.ts';
import { startDaemon } from '../support/daemon.ts';
import { dial } from '../support/dial.ts';
import { needProgram, runPeer, wantProgram } from '../support/peers.ts';
import { makeMaildir, type Mails } from '../services/imap/stage.ts';

const mails = {
  'new/1.a': 'Subject: one\nFrom: a@from.example\nMessage-ID: <1@from.example>\n\n.dot\nend\n',
  'cur/2.b:2,S': 'Subject: two\r\nFrom: a@from.example\r\nMessage-ID: <2@from.example>\r\n\r\nwithout an end',
};
const second = mails['cur/2.b:2,S'];

t.test('mail programs', async (t) => {
  const daemon = await startDaemon(
    t,
    `daemon: { workers: 2 }
accounts: ./accounts.yaml
certificates: { local: { self_signed: [localhost, 127.0.0.1] } }
services:
  mail:
    type: imap
    listen: [tcp://127.0.0.1:0, { address: tls://127.0.0.1:0, certificate: local }]
    tls: { certificate: local }
  strict: { type: imap, listen: tcp://127.0.0.1:0, tls: { certificate: local }, require_tls: true }
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
  const names = (folder = ''): string[] =>
    ['new', 'cur']
      .flatMap((part) => fs.readdirSync(join(mailbox, folder, part)).map((file) => `${part}/${file}`))
      .sort();

  await t.test('an account that has never had mail', async (t) => {
    const peer = await dial(plain);
    await peer.write('a LOGIN alice sesame\r\nb CREATE Sent\r\nc LOGOUT\r\n');
    t.match(String(await peer.rest()), /\r\na OK [^\n]*\nb OK Done\r\n/);
    peer.end();
  });
  await t.test('text behind STARTTLS is not taken for what comes after the handshake', async (t) => {
    for (const behind of ['b LOGIN evil evil\r\n', 'b LOG', '\r\n', 'b STARTTLS\r\n']) {
      const peer = await dial(plain);
      await peer.write(`a STARTTLS\r\n${behind}`);
      t.match(String(await peer.rest()), /^\* OK [^\n]*\na BAD Text was sent behind STARTTLS\r\n$/, behind);
      peer.end();
    }
  });
  await t.test('curl', async (t) => {
    const curl = needProgram(t, 'curl');
    if (curl === null) return;
    fill(mails);
    const get = (...args: readonly string[]) => runPeer(t, [curl, '-sS', '--cacert', ca, ...args]);
    const user = ['-u', 'alice:sesame'] as const;
    t.match(await get(`imap://127.0.0.1:${plain}`, ...user), {
      code: 0,
      stdout: '* LIST (\\HasNoChildren) "." "INBOX"\r\n',
    });
    t.equal((await get(`imaps://localhost:${secure}/INBOX;UID=2`, ...user)).stdout, second);
    t.equal((await get(`imap://localhost:${strict}/INBOX;UID=2`, '--ssl-reqd', ...user)).stdout, second);
    t.equal((await get(`imap://localhost:${plain}/INBOX?SUBJECT%20one`, ...user)).stdout, '* SEARCH 1\r\n');
    const file = daemon.put('sent.eml', 'Subject: sent\r\n\r\nhello\r\n');
    t.equal((await get(`imaps://localhost:${secure}/INBOX`, '-T', file, ...user)).code, 0);
    t.equal((await get(`imaps://localhost:${secure}/INBOX;UID=3/;SECTION=TEXT`, ...user)).stdout, 'hello\r\n');
    // CURLE_LOGIN_DENIED
    t.equal((await get(`imap://localhost:${plain}`, '-u', 'alice:wrong')).code, 67);
    t.equal((await get(`imap://localhost:${strict}`, ...user)).code, 67);
  });
  await t.test("python3's imaplib", async (t) => {
    const python = needProgram(t, 'python3');
    if (python === null) return;
    fill(mails);
    const program = `
import imaplib, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
m = imaplib.IMAP4('localhost', int(sys.argv[1]))
m.starttls(context)
m.login('alice', 'sesame')
print(m.create('Archive'), m.subscribe('Archive'), m.lsub())
print(m.select())
print(m.fetch('1:2', '(FLAGS UID RFC822.SIZE)'))
print(m.fetch('1', '(RFC822)'))
print(m.search(None, 'SUBJECT', '"two"'), m.uid('SEARCH', 'UNSEEN'))
print(m.append('Archive', r'(\\Flagged)', '"01-Feb-2020 10:00:00 +0000"', b'Subject: kept\\r\\n\\r\\nx\\r\\n')[0])
n = imaplib.IMAP4_SSL('localhost', int(sys.argv[3]), ssl_context=context)
n.authenticate('PLAIN', lambda _: b'\\0alice\\0sesame')
print(n.select('Archive'), n.fetch('1', '(FLAGS INTERNALDATE)'))
print(m.copy('1', 'Archive')[0], n.noop(), n.response('EXISTS'))
print(m.store('1', '+FLAGS', r'(\\Deleted)'), m.expunge())
print(m.status('Archive', '(MESSAGES UNSEEN UIDNEXT)'), m.status('INBOX', '(MESSAGES UNSEEN UIDNEXT)'))
print(m.rename('Archive', 'Old'), m.delete('Old'), m.list())
print(m.close(), m.logout())
`;
    const { stdout, stderr, code } = await runPeer(t, [python, '-c', program, String(plain), ca, String(secure)]);
    t.same([code, stderr], [0, '']);
    t.same(stdout.trim().split('\n'), [
      `('OK', [b'Done']) ('OK', [b'Done']) ('OK', [b'() "." "Archive"'])`,
      `('OK', [b'2'])`,
      `('OK', [b'1 (FLAGS (\\\\Recent) UID 1 RFC822.SIZE 79)', b'2 (FLAGS (\\\\Seen) UID 2 RFC822.SIZE 82)'])`,
      `('OK', [(b'1 (RFC822 {79}', b'Subject: one\\r\\nFrom: a@from.example\\r\\nMessage-ID: <1@from.example>\\r\\n\\r\\n.dot\\r\\nend\\r\\n'), b' FLAGS (\\\\Seen \\\\Recent))'])`,
      `('OK', [b'2']) ('OK', [b''])`,
      'OK',
      `('OK', [b'1']) ('OK', [b'1 (FLAGS (\\\\Flagged) INTERNALDATE "01-Feb-2020 10:00:00 +0000")'])`,
      `OK ('OK', [b'Done']) ('EXISTS', [b'1', b'2'])`,
      `('OK', [b'1 (FLAGS (\\\\Deleted \\\\Seen \\\\Recent))']) ('OK', [b'1'])`,
      `('OK', [b'"Archive" (MESSAGES 2 UNSEEN 1 UIDNEXT 3)']) ('OK', [b'"INBOX" (MESSAGES 1 UNSEEN 0 UIDNEXT 3)'])`,
      `('OK', [b'Done']) ('OK', [b'Done']) ('OK', [b'(\\\\HasNoChildren) "." "INBOX"'])`,
      `('OK', [b'Done']) ('BYE', [b'Bye'])`,
    ]);
  });
  await t.test('isync, both ways', async (t) => {
    const mbsync = wantProgram(t, 'mbsync');
    if (mbsync === null) return;
    fill(mails);
    const local = join(daemon.folder, 'isync');
    fs.mkdirSync(local);
    const config = daemon.put(
      'mbsyncrc',
      `IMAPAccount portico
Host localhost
Port ${plain}
User alice
Pass sesame
SSLType STARTTLS
CertificateFile ${ca}

IMAPStore far
Account portico

MaildirStore near
Path ${local}/
Inbox ${local}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
`,
    );
    const sync = () => runPeer(t, [mbsync, '-c', config, 'all'], { env: { HOME: daemon.folder } });
    const first = await sync();
    t.equal(first.code, 0, first.stderr);
    const fetched = fs.readdirSync(join(local, 'INBOX/cur')).concat(fs.readdirSync(join(local, 'INBOX/new')));
    t.equal(fetched.length, 2);
    makeMaildir(join(local, 'Sent'), { 'cur/9.z:2,SF': 'Subject: from here\nMessage-ID: <9@near.example>\n\nhello\n' });
    for (const file of fs.readdirSync(join(local, 'INBOX/cur')).filter((name) => name.endsWith('S'))) {
      fs.renameSync(join(local, 'INBOX/cur', file), join(local, 'INBOX/cur', `${file}T`));
    }
    const again = await sync();
    t.equal(again.code, 0, again.stderr);
    t.match(names('.Sent'), [/^cur\/.*:2,FS$/]);
    t.match(names(), [/^cur\/1\.a:2,$/]);
    t.equal((await sync()).code, 0);
  });
  await t.test('offlineimap', async (t) => {
    const offlineimap = wantProgram(t, 'offlineimap');
    if (offlineimap === null) return;
    fill(mails);
    const config = daemon.put(
      'offlineimaprc',
      `[general]
accounts = a
metadata = ${daemon.folder}/offline-metadata
[Account a]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = ${daemon.folder}/offline
[Repository far]
type = IMAP
remotehost = localhost
remoteport = ${secure}
remoteuser = alice
remotepass = sesame
ssl = yes
sslcacertfile = ${ca}
`,
    );
    const sync = () => runPeer(t, [offlineimap, '-c', config, '-o', '-u', 'basic'], { env: { HOME: daemon.folder } });
    const { code, stdout, stderr } = await sync();
    t.equal(code, 0, stdout + stderr);
    const inbox = join(daemon.folder, 'offline/INBOX');
    const fetched = ['new', 'cur'].flatMap((part) => fs.readdirSync(join(inbox, part)));
    t.equal(fetched.length, 2);
    fs.writeFileSync(join(inbox, 'cur/7.mine:2,S'), 'Subject: mine\nMessage-ID: <7@near.example>\n\nhello\n');
    t.equal((await sync()).code, 0);
    t.equal(names().length, 3);
  });
  await t.test('fetchmail', async (t) => {
    const fetchmail = wantProgram(t, 'fetchmail');
    if (fetchmail === null) return;
    fill(mails);
    const box = join(daemon.folder, 'taken');
    const file = daemon.put(
      'fetchmailrc',
      `poll localhost protocol imap port ${plain} user alice password sesame sslproto "TLS1.2+" sslcertck sslcertfile "${ca}" fetchall mda "cat >>${box}"\n`,
    );
    fs.chmodSync(file, 0o600);
    const { code, stdout, stderr } = await runPeer(
      t,
      [fetchmail, '-f', file, '--nodetach', '--pidfile', `${file}.pid`],
      { env: { HOME: daemon.folder, FETCHMAILHOME: daemon.folder } },
    );
    t.equal(code, 0, stdout + stderr);
    t.equal(fs.readFileSync(box, 'utf8').match(/^Subject: /gm)?.length, 2);
    t.same(names(), []);
  });
  await t.test('mutt, which copies one message to another mailbox', async (t) => {
    // It wants a terminal.
    const [mutt, script] = [wantProgram(t, 'mutt'), wantProgram(t, 'script')];
    if (mutt === null || script === null) return;
    fill(mails);
    makeMaildir(join(mailbox, '.Kept'), {});
    openToAll(mailbox);
    const config = daemon.put(
      'muttrc',
      `set folder = "imaps://alice:sesame@localhost:${secure}/"
set spoolfile = "+INBOX"
set certificate_file = "${ca}"
set ssl_verify_host = yes
set header_cache = ""
set confirmappend = no
set confirmcreate = no
set sleep_time = 0
push "<tag-pattern>~s two<enter><tag-prefix><copy-message>=Kept<enter><quit>"
`,
    );
    const { code, stdout, stderr } = await runPeer(t, [script, '-qec', `${mutt} -n -F ${config}`, '/dev/null'], {
      env: { HOME: daemon.folder, TERM: 'xterm' },
    });
    t.equal(code, 0, stdout + stderr);
    t.match(names('.Kept'), [/^cur\/.*:2,S$/]);
  });
});

/** The worker may be somebody else than who runs the test. */
function openToAll(path: string): void {
  fs.chmodSync(path, fs.statSync(path).isDirectory() ? 0o777 : 0o666);
  if (!fs.statSync(path).isDirectory()) return;
  for (const name of fs.readdirSync(path)) openToAll(join(path, name));
}
