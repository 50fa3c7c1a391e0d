import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import imap from '../../../src/services/imap/index.ts';
import { describeService } from '../../support/describe-service.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { createFakeSession } from '../../support/fake-session.ts';
import { setUp } from './stage.ts';

describeService(imap, { send: 'a CAPABILITY\r\nb LOGIN alice {5}\r\nwrong\r\nc NOOP\r\nd LOGOUT\r\n' });

const wrongLogin = 'NO [AUTHENTICATIONFAILED] The name or the password is wrong';

t.test('shows a command that reaches it', async (t) => {
  const at = { kind: 'tcp', host: '127.0.0.1', port: 2143, path: '' } as const;
  t.equal(imap.trial?.(at), 'curl -X CAPABILITY imap://127.0.0.1:2143');
  t.equal(imap.trial?.({ ...at, kind: 'tls', host: '::' }), 'curl -X CAPABILITY -k imaps://[::1]:2143');
});

t.test('logins', async (t) => {
  const plain = Buffer.from('\0alice\0sesame').toString('base64');
  const inside = /^OK \[CAPABILITY IMAP4rev2 IMAP4rev1 .*IDLE.*\] Welcome$/;
  const cases: readonly (readonly [name: string, command: string, answer: RegExp | string])[] = [
    ['LOGIN', 'LOGIN alice sesame', inside],
    ['LOGIN with quotes', 'login "alice" "sesame"', inside],
    ['LOGIN with literals', 'LOGIN {5+}\r\nalice {6+}\r\nsesame', inside],
    ['PLAIN at once', `AUTHENTICATE PLAIN ${plain}`, inside],
    ['PLAIN that is none', 'AUTHENTICATE PLAIN x', 'BAD That is no login'],
    ['another mechanism', 'AUTHENTICATE CRAM-MD5', 'NO There is no such mechanism'],
    ['a password that is wrong', 'LOGIN alice wrong', wrongLogin],
    ['nothing', 'LOGIN alice', 'BAD Something is missing'],
    ['TLS that is not there', 'STARTTLS', 'NO There is no TLS here'],
    ['too soon', 'SELECT INBOX', 'BAD Log in first'],
    ['no command', 'HELO', 'BAD There is no such command'],
    ['a message too soon', 'APPEND x {3+}\r\nA:b', 'BAD The message is missing'],
  ];
  const { open } = await setUp(t);
  for (const [name, command, answer] of cases) {
    const { outcome } = await open();
    t.match(await outcome(command), answer, name);
  }
  await t.test('PLAIN when asked, and given up', async (t) => {
    const { send, line } = await open();
    await send('a AUTHENTICATE PLAIN\r\n');
    t.equal(await line(), '+ ');
    await send('*\r\nb AUTHENTICATE PLAIN\r\n');
    t.same([await line(), await line()], ['a BAD That is no login', '+ ']);
    await send(`${plain}\r\n`);
    t.match(await line(), /^b OK/);
  });
  await t.test('twice', async (t) => {
    const { outcome } = await open();
    await outcome('LOGIN alice sesame');
    t.equal(await outcome('LOGIN alice sesame'), 'BAD You are logged in');
    t.equal(await outcome('STARTTLS'), 'BAD You are logged in');
  });
  await t.test('three that fail are enough', async (t) => {
    const { send, peer } = await open();
    await send('a LOGIN alice x\r\nb LOGIN alice x\r\nc LOGIN alice x\r\nd LOGIN alice sesame\r\n');
    const said = String(await peer.rest()).split('\r\n');
    t.same(said.slice(0, 3), [`a ${wrongLogin}`, `b ${wrongLogin}`, `c ${wrongLogin}`]);
    t.same(said.slice(3), ['* BYE There were too many logins that failed', '']);
  });
  await t.test('so are twenty errors before, and a hundred after', async (t) => {
    for (const [first, count] of [
      ['', 20],
      ['a LOGIN alice sesame\r\n', 100],
    ] as const) {
      const { send, peer } = await open();
      await send(first + 'x HELO\r\n'.repeat(count + 10));
      const said = String(await peer.rest());
      t.equal(said.match(/^x BAD /gm)?.length, count);
      t.match(said, /\* BYE There were too many errors\r\n$/);
    }
  });
  await t.test('that cannot be checked are a reason to come again', async (t) => {
    const { open, served } = await setUp(t, {}, { authenticate: () => Promise.reject(new Error('busy')) });
    const { outcome } = await open();
    t.equal(await outcome('LOGIN alice sesame'), 'NO [UNAVAILABLE] This cannot be done now, try again later');
    t.match(await served.context.logged(/a login cannot be checked/), { severity: 'err' });
  });
});

t.test('says what is there', async (t) => {
  await t.test('on this machine', async (t) => {
    const { open } = await setUp(t);
    const { ask } = await open();
    t.same(await ask('CAPABILITY'), [
      '* CAPABILITY IMAP4rev2 IMAP4rev1 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN',
      'OK Done',
    ]);
    t.same(await ask('ID ("name" "x" "version" NIL)'), ['* ID ("name" "Portico")', 'OK Done']);
    t.same(await ask('LOGOUT'), ['* BYE Bye', 'OK Done']);
  });
  await t.test('with require_tls', async (t) => {
    const { open } = await setUp(t, {}, { options: { require_tls: true } });
    const { ask, outcome } = await open();
    t.match(await ask('CAPABILITY'), [/ LOGINDISABLED$/, 'OK Done']);
    t.equal(await outcome('LOGIN alice sesame'), 'NO [PRIVACYREQUIRED] Start TLS first');
    t.equal(await outcome('AUTHENTICATE PLAIN'), 'NO [PRIVACYREQUIRED] Start TLS first');
  });
  await t.test('from elsewhere', async (t) => {
    const service = await imap.create(imap.options.parse({}), createFakeContext());
    const { peer, serve } = createFakeSession({ peer: { address: '192.0.2.1', port: 1, family: 'IPv4' } });
    const served = serve(service);
    peer.write('a LOGIN alice sesame\r\n');
    peer.end();
    t.match(await peer.rest(), /LOGINDISABLED\] IMAP\r\na NO \[PRIVACYREQUIRED\] Start TLS first\r\n$/);
    await served;
  });
  await t.test('to who has logged in', async (t) => {
    const { enter } = await setUp(t);
    const { ask } = await enter(null);
    t.same(await ask('NAMESPACE'), ['* NAMESPACE (("" ".")) NIL NIL', 'OK Done']);
    t.same(await ask('ENABLE CONDSTORE'), ['* ENABLED', 'OK Done']);
    t.same(await ask('ENABLE IMAP4rev2'), ['* ENABLED IMAP4rev2', 'OK Done']);
    t.same(await ask('FETCH 1 FLAGS'), ['BAD Select a mailbox first']);
  });
});

t.test('how a session ends', async (t) => {
  const { enter, open, served } = await setUp(t, { 'new/1.a': 'Subject: a\n\n' });
  await t.test('when the time is up', async (t) => {
    const { peer } = await enter();
    for (const session of served.sessions) session.abort('idle');
    t.equal(String(await peer.rest()), '* BYE Nothing was said for too long\r\n');
    peer.end();
  });
  await t.test('while it idles', async (t) => {
    const { peer, send, line } = await enter();
    await send('i IDLE\r\n');
    t.equal(await line(), '+ Idling');
    for (const session of served.sessions) session.abort('kick');
    t.equal(String(await peer.rest()), '* BYE You are sent away\r\n');
    peer.end();
  });
  await t.test('when a worker ends: who has logged in can finish', async (t) => {
    const [outside, inside] = [await open(), await enter()];
    served.context.drain();
    t.equal(String(await outside.peer.rest()), '* BYE The server ends\r\n');
    outside.peer.end();
    t.equal(await inside.outcome('NOOP'), 'OK Done');
  });
  t.same(served.failures, []);
});

t.test('a mailbox that cannot be read', async (t) => {
  const { enter, open, maildir, served } = await setUp(t, { 'new/1.a': 'Subject: a\n\n' });
  const inside = await enter(null);
  fs.rmSync(join(maildir, 'new'), { recursive: true });
  fs.writeFileSync(join(maildir, 'new'), '');
  t.equal(await inside.outcome('SELECT INBOX'), 'NO [UNAVAILABLE] This cannot be done now, try again later');
  t.match(await served.context.logged(/a command on a mailbox failed/), { severity: 'err' });
  const { outcome } = await open();
  t.equal(await outcome('LOGIN alice sesame'), 'NO [UNAVAILABLE] This cannot be done now, try again later');
  t.match(await served.context.logged(/a mailbox cannot be opened/), { fields: { account: 'alice' } });
  t.same(served.failures, []);
});

t.test('large messages go and come whole, as fast as they are taken', async (t) => {
  const text = `Subject: big\n\n${'0123456789'.repeat(7)}\n`.padEnd(4_500_000, `${'0123456789'.repeat(7)}\n`);
  const { enter } = await setUp(t, { 'new/1.big': text });
  const { send, peer, ask } = await enter();
  const sent = text.replaceAll('\n', '\r\n');
  await send('x FETCH 1 BODY.PEEK[]\r\n');
  const head = `* 1 FETCH (BODY[] {${sent.length}}\r\n`;
  t.equal((await peer.bytes(head.length)).toString(), head);
  t.ok((await peer.bytes(sent.length)).toString() === sent);
  t.equal((await peer.bytes(14)).toString(), ')\r\nx OK Done\r\n'.slice(0, 14));
  await ask('NOOP');
  await send('x FETCH 1 BODY[]\r\nx FETCH 1 BODY[]\r\n');
  peer.reset();
});
