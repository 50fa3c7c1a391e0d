import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import type { Account } from '../../../src/contract/account.ts';
import pop3 from '../../../src/services/pop3/index.ts';
import { describeService } from '../../support/describe-service.ts';
import { createFakeBuses } from '../../support/fake-bus.ts';
import { serve } from '../../support/serve.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { createFakeSession } from '../../support/fake-session.ts';
import { alice, login, setUp } from './stage.ts';

describeService(pop3, { send: 'CAPA\r\nUSER alice\r\nPASS wrong\r\nNOOP\r\nQUIT\r\n' });

const wrongLogin = '-ERR [AUTH] The name or the password is wrong';
const greeting = '+OK POP3';
const mails = { 'new/1.a': 'A: b\n\n.dot\nend\n', 'new/2.b': 'Subject: two\r\n\r\n' };

t.test('shows a command that reaches it', async (t) => {
  const at = { kind: 'tcp', host: '127.0.0.1', port: 2110, path: '' } as const;
  t.equal(pop3.trial?.(at), 'curl -X CAPA pop3://127.0.0.1:2110');
  t.equal(pop3.trial?.({ ...at, kind: 'tls', host: '::' }), 'curl -X CAPA -k pop3s://[::1]:2110');
});

t.test('a session from beginning to end', async (t) => {
  const { say, names, served } = await setUp(t, mails);
  t.same(
    await say(
      ...login,
      'STAT',
      'LIST',
      'UIDL',
      'LIST 2',
      'UIDL 1',
      'RETR 1',
      'TOP 1 1',
      'NOOP',
      'DELE 1',
      'STAT',
      'QUIT',
    ),
    [
      greeting,
      '+OK And the password?',
      '+OK 2 messages (35 octets)',
      '+OK 2 35',
      '+OK 2 messages (35 octets)',
      '1 19',
      '2 16',
      '.',
      '+OK ',
      '1 1.a',
      '2 2.b',
      '.',
      '+OK 2 16',
      '+OK 1 1.a',
      '+OK 19 octets',
      'A: b',
      '',
      '..dot',
      'end',
      '.',
      '+OK',
      'A: b',
      '',
      '..dot',
      '.',
      '+OK',
      '+OK Message 1 goes at QUIT',
      '+OK 1 16',
      '+OK Bye',
    ],
  );
  t.same(names(), ['cur/2.b:2,']);
  t.same(served.failures, []);
});

t.test('nothing is deleted without QUIT', async (t) => {
  const { say, names, open, served } = await setUp(t, mails);
  await say(...login, 'DELE 1');
  t.same(names(), ['new/1.a', 'new/2.b']);
  await say(...login, 'DELE 1', 'RSET', 'QUIT');
  t.equal(names().length, 2);
  const { peer, ask } = await open();
  for (const line of [...login, 'DELE 1']) await ask(line);
  await peer.write('QUIT');
  peer.end();
  t.equal((await peer.rest()).length, 0, 'a line that was cut off is no command');
  t.equal(names().length, 2);

  await t.test('nor when the time is up, which is told by the end alone', async (t) => {
    const { peer, ask } = await open();
    for (const line of [...login, 'DELE 1']) await ask(line);
    for (const session of served.sessions) session.abort('idle');
    t.equal((await peer.rest()).length, 0);
    t.equal(names().length, 2);
    peer.end();
  });
});

t.test('messages by numbers that are none', async (t) => {
  const { say } = await setUp(t, mails);
  const no = '-ERR There is no such message';
  const said = await say(
    ...login,
    'DELE 2',
    'DELE 2',
    'RETR 2',
    'TOP 2 0',
    'LIST 2',
    'UIDL 2',
    'RETR 0',
    'LIST 3',
    'RETR',
    'LIST',
  );
  t.same(said.slice(4), [
    no,
    no,
    no,
    no,
    no,
    no,
    no,
    '-ERR RETR is not written like that',
    '+OK 1 message (19 octets)',
    '1 19',
    '.',
  ]);
});

t.test('a mailbox without mail', async (t) => {
  const { say } = await setUp(t);
  t.same((await say(...login, 'LIST', 'UIDL', 'STAT', 'QUIT')).slice(2), [
    '+OK 0 messages (0 octets)',
    '+OK 0 messages (0 octets)',
    '.',
    '+OK ',
    '.',
    '+OK 0 0',
    '+OK Bye',
  ]);
});

t.test('logins', async (t) => {
  const { say } = await setUp(t, mails);
  const inside = '+OK 2 messages (35 octets)';
  const plain = Buffer.from('\0alice\0sesame').toString('base64');
  const [user, password] = ['alice', 'sesame'].map((text) => Buffer.from(text).toString('base64')) as [string, string];
  const cases: readonly (readonly [name: string, lines: readonly string[], answers: readonly string[]])[] = [
    ['PLAIN at once', [`AUTH PLAIN ${plain}`], [inside]],
    ['PLAIN when asked', ['auth plain', plain], ['+ ', inside]],
    ['LOGIN', ['AUTH LOGIN', user, password], ['+ VXNlcm5hbWU6', '+ UGFzc3dvcmQ6', inside]],
    ['LOGIN with a name', [`AUTH LOGIN ${user}`, password], ['+ UGFzc3dvcmQ6', inside]],
    ['given up', ['AUTH PLAIN', '*', 'QUIT'], ['+ ', '-ERR That is no login', '+OK Bye']],
    ['no base64', ['AUTH PLAIN x', 'AUTH LOGIN x'], ['-ERR That is no login', '-ERR That is no login']],
    ['nothing', ['AUTH PLAIN ='], ['-ERR That is no login']],
    ['another mechanism', ['AUTH CRAM-MD5'], ['-ERR There is no such mechanism']],
    ['which there are', ['AUTH'], ['+OK These are there', 'PLAIN', 'LOGIN', '.']],
    ['PASS before USER', ['PASS sesame'], ['-ERR USER comes first']],
    [
      'PASS again',
      ['USER alice', 'PASS x', 'PASS sesame'],
      ['+OK And the password?', wrongLogin, '-ERR USER comes first'],
    ],
    ['too soon', ['STAT', 'RETR 1'], ['-ERR Log in first', '-ERR Log in first']],
    [
      'twice',
      [...login, 'USER alice', 'STLS'],
      ['+OK And the password?', inside, '-ERR You are logged in', '-ERR You are logged in'],
    ],
    ['TLS that is not there', ['STLS'], ['-ERR There is no TLS here']],
    ['the end after a mechanism', ['AUTH PLAIN'], ['+ ']],
  ];
  for (const [name, lines, answers] of cases) t.same((await say(...lines)).slice(1), answers, name);

  await t.test('three that fail are enough', async (t) => {
    const wrong = ['USER alice', 'PASS wrong'];
    const said = await say(...wrong, ...wrong, ...wrong, ...login);
    t.same(
      said.filter((line) => line.startsWith('-')),
      [wrongLogin, wrongLogin, wrongLogin],
    );
    t.equal(said.length, 7);
  });
  await t.test('so are twenty errors', async (t) => {
    t.equal((await say(...Array.from({ length: 30 }, () => 'HELO'))).length, 21);
    t.equal((await say(...login, ...Array.from({ length: 130 }, () => 'HELO'))).length, 103);
  });
  await t.test('a line that is too long is passed over', async (t) => {
    const said = await say(`USER ${'x'.repeat(20_000)}`, 'CAPA');
    t.same(said.slice(1, 3), ['-ERR The line is too long', '+OK These are there']);
  });
  await t.test('that cannot be checked are a reason to come again', async (t) => {
    const { say, served } = await setUp(t, mails, { authenticate: () => Promise.reject(new Error('busy')) });
    t.equal((await say(...login)).at(-1), '-ERR [SYS/TEMP] This cannot be done now, try again later');
    t.match(await served.context.logged(/a login cannot be checked/), { severity: 'err' });
  });
});

t.test('what is there', async (t) => {
  const always = ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER'];
  await t.test('on this machine', async (t) => {
    const { say } = await setUp(t, mails);
    t.same(await say('CAPA'), [greeting, '+OK These are there', ...always, 'USER', 'SASL PLAIN LOGIN', '.']);
  });
  await t.test('with require_tls', async (t) => {
    const { say } = await setUp(t, mails, { options: { require_tls: true } });
    t.same(await say('CAPA', 'USER alice', 'PASS x', 'AUTH PLAIN'), [
      greeting,
      '+OK These are there',
      ...always,
      '.',
      '-ERR Start TLS first',
      '-ERR Start TLS first',
      '-ERR Start TLS first',
    ]);
  });
  await t.test('from elsewhere', async (t) => {
    const service = await pop3.create(pop3.options.parse({}), createFakeContext());
    const { session, peer, serve } = createFakeSession({ peer: { address: '192.0.2.1', port: 1, family: 'IPv4' } });
    t.equal(session.tls, null);
    const served = serve(service);
    peer.write('USER alice\r\n');
    peer.end();
    t.match(await peer.rest(), /-ERR Start TLS first\r\n$/);
    await served;
  });
});

t.test('one session has a mailbox, over all workers', async (t) => {
  const [bus, otherBus] = createFakeBuses(2);
  const { open, say, served, maildir } = await setUp(t, mails, { context: { bus: bus! } });
  const context = createFakeContext({ bus: otherBus!, mailbox: () => maildir });
  const other = await serve(pop3, { context, authenticate: async () => alice });
  t.teardown(() => other.close());
  const inUse = '-ERR [IN-USE] Another session has the mailbox';
  const first = await open();
  for (const line of login) await first.ask(line);
  t.equal((await say(...login)).at(-1), inUse);
  const { peer } = await other.connect();
  await peer.write('USER alice\r\nPASS sesame\r\n');
  peer.end();
  t.match(String(await peer.rest()), /-ERR \[IN-USE\] [^\n]*\n$/);
  t.equal(await first.ask('QUIT'), '+OK Bye');
  t.match(await say(...login, 'QUIT'), { 2: /^\+OK 2 messages/ });

  await t.test('and gives it back however it ends', async (t) => {
    const gone = await open();
    for (const line of login) await gone.ask(line);
    gone.peer.reset();
    t.match(await say(...login), { 2: /^\+OK 2 messages/ });
    t.same(served.failures, []);
  });
});

t.test('a worker that ends', async (t) => {
  const { open, served } = await setUp(t, mails);
  const [outside, inside] = [await open(), await open()];
  for (const line of login) await inside.ask(line);
  served.context.drain();
  t.equal((await outside.peer.rest()).length, 0, 'sends away who has no mailbox');
  outside.peer.end();
  t.equal(await inside.ask('DELE 1'), '+OK Message 1 goes at QUIT', 'and lets others finish');
  t.equal(await inside.ask('QUIT'), '+OK Bye');
});

t.test('a worker that ends while a password is checked', async (t) => {
  const wait = async (account: Account | null) => {
    const [asked, checked] = [Promise.withResolvers<void>(), Promise.withResolvers<Account | null>()];
    const authenticate = (): Promise<Account | null> => {
      asked.resolve();
      return checked.promise;
    };
    const { open, served } = await setUp(t, mails, { authenticate });
    const visitor = await open();
    await visitor.ask('USER alice');
    await visitor.peer.write('PASS sesame\r\n');
    await asked.promise;
    served.context.drain();
    checked.resolve(account);
    return visitor;
  };
  await t.test('lets in who has logged in', async (t) => {
    const { ask, line } = await wait(alice);
    t.match(await line(), /^\+OK 2 messages/);
    t.equal(await ask('DELE 1'), '+OK Message 1 goes at QUIT');
    t.equal(await ask('QUIT'), '+OK Bye');
  });
  await t.test('and sends away who has not', async (t) => {
    const { line, peer } = await wait(null);
    t.match(await line(), /^-ERR /);
    t.equal((await peer.rest()).length, 0);
    peer.end();
  });
});

t.test('large messages come whole, as fast as they are taken', async (t) => {
  const text = `\n${`${'0123456789'.repeat(7)}\n.\n`.repeat(60_000)}`;
  const { open } = await setUp(t, { 'new/1.big': text });
  const { ask, peer, line } = await open();
  for (const each of login) await ask(each);
  t.equal(await ask('RETR 1'), '+OK 4500002 octets');
  const sent = (await peer.bytes(4_560_002 + 3)).toString();
  t.ok(sent === `${text.replaceAll('\n.', '\n..').replaceAll('\n', '\r\n')}.\r\n`);
  t.equal(await ask('TOP 1 1'), '+OK');
  t.same([await line(), await line(), await line()], ['', '0123456789'.repeat(7), '.']);
  await peer.write('RETR 1\r\nRETR 1\r\n');
  peer.reset();
});

t.test('a mailbox that cannot be read, or changed', async (t) => {
  const { say, maildir, served } = await setUp(t, mails);
  fs.renameSync(join(maildir, 'new'), join(maildir, 'kept'));
  fs.writeFileSync(join(maildir, 'new'), '');
  t.equal((await say(...login)).at(-1), '-ERR [SYS/TEMP] This cannot be done now, try again later');
  t.match(await served.context.logged(/a mailbox cannot be read/), { fields: { account: 'alice' } });
  fs.rmSync(join(maildir, 'new'));
  fs.renameSync(join(maildir, 'kept'), join(maildir, 'new'));

  await t.test('a message of the same name that is no file any more', async (t) => {
    const { open, maildir } = await setUp(t, mails);
    const { ask } = await open();
    for (const line of login) await ask(line);
    fs.rmSync(join(maildir, 'new/1.a'));
    t.equal(await ask('RETR 1'), '-ERR The message is gone');
    fs.symlinkSync('/etc/passwd', join(maildir, 'new/1.a'));
    t.equal(await ask('RETR 1'), '-ERR [SYS/TEMP] This cannot be done now, try again later');
    fs.rmSync(join(maildir, 'new/1.a'));
    fs.mkdirSync(join(maildir, 'new/1.a'));
    t.equal(await ask('DELE 1'), '+OK Message 1 goes at QUIT');
    t.equal(await ask('QUIT'), '-ERR [SYS/TEMP] 1 were not removed');
  });
});
