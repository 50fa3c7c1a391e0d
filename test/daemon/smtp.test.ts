import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { dial } from '../support/dial.ts';
import { linesOf, makeFolder } from '../support/peers.ts';

async function say(port: number, text: string): Promise<string[]> {
  const peer = await dial(port);
  await peer.write(text);
  peer.end();
  return (await peer.rest())
    .toString()
    .split('\r\n')
    .filter((line) => line !== '' && line[3] !== '-');
}

const mailTo = (address: string, body: string): string =>
  `MAIL FROM:<a@from.example>\r\nRCPT TO:<${address}>\r\nDATA\r\nSubject: note\r\n\r\n${body}\r\n.\r\n`;

/** Names in a folder that something is delivered to. */
function names(daemon: TestDaemon, ...parts: readonly string[]): string[] {
  return fs.readdirSync(join(daemon.folder, ...parts));
}

t.test('mail finds its way', async (t) => {
  // Whoever delivers need not be who runs the test.
  const archive = makeFolder(t);
  fs.chmodSync(archive, 0o777);
  const daemon = await startDaemon(
    t,
    `accounts: ./accounts.yaml
deliveries: { archive: { type: directory, path: ${archive} } }
services:
  mail: { type: smtp, listen: tcp://127.0.0.1:0, recipients: ["*@scans.example"], deliver: [archive] }
`,
    {
      files: {
        'accounts.yaml': 'alice: { mail: [alice@home.example], quota: 1KB }\nbob: { mail: [bob@home.example] }\n',
      },
    },
  );
  const port = await daemon.port('mail');

  await t.test('to mailboxes and to deliveries', async (t) => {
    const both = mailTo('Bob@home.example>\r\nRCPT TO:<x@scans.example', 'for both');
    const said = await say(port, `EHLO me\r\n${both}${mailTo('alice@home.example', 'for alice')}QUIT\r\n`);
    t.equal(said.filter((line) => line.startsWith('250 2.6.0 Taken as ')).length, 2, said.join('\n'));
    t.match(await linesOf(daemon, 'item.received', 2), [{ service: 'mail' }, { to: ['alice@home.example'] }]);
    await linesOf(daemon, 'delivery.done', 3);
    const [bobs, alices] = ['bob', 'alice'].map((name) => names(daemon, 'var/mail', name, 'new'));
    t.same([bobs?.length, alices?.length], [1, 1]);
    const text = fs.readFileSync(join(daemon.folder, 'var/mail/alice/new', alices?.[0] ?? ''), 'utf8');
    t.match(text, /^Return-Path: <a@from\.example>\r\nReceived: from me [^]*\r\nSubject: note\r\n\r\nfor alice\r\n$/);
    const [archived = ''] = fs.readdirSync(archive);
    t.match(archived, /^[0-9a-z]{20}\.eml$/);
  });
  await t.test('to nobody', async (t) => {
    const said = await say(port, `EHLO me\r\n${mailTo('x@else.example', 'x')}`);
    t.match(said[3], /^550 5\.1\.1 /);
  });
  await t.test('a quota is kept', async (t) => {
    const said = await say(port, `EHLO me\r\n${mailTo('alice@home.example', 'x'.repeat(1100))}`);
    t.equal(said.at(-1), '552 5.2.2 The mailbox is full');
  });
});

t.test('a conversation goes on over a reload, and ends politely with the daemon', async (t) => {
  const config = (max: string): string =>
    `accounts: ./accounts.yaml\nservices: { mail: { type: smtp, listen: tcp://127.0.0.1:0, max_size: ${max} } }\n`;
  const daemon = await startDaemon(t, config('1MB'), {
    files: { 'accounts.yaml': 'alice: { mail: [alice@home.example] }\n' },
  });
  const peer = await dial(await daemon.port('mail'));
  const heard = async (pattern: RegExp): Promise<void> => {
    let text = '';
    while (!pattern.test(text)) text += (await peer.bytes(1)).toString();
  };
  await heard(/^220 .*\r\n/);
  await peer.write('EHLO me\r\n');
  await heard(/^250 .*\r\n$/m);
  await daemon.change(config('2MB'));
  await peer.write(mailTo('alice@home.example', 'sent over a reload'));
  await heard(/^250 2\.6\.0 Taken as .*\r\n$/m);
  daemon.signal('SIGTERM');
  await heard(/^421 .*\r\n$/m);
  peer.end();
  t.same(await daemon.exited, { code: 0, signal: null });
});
