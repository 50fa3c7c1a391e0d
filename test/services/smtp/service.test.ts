import t from 'tap';

import { NoSpaceError } from '../../../src/contract/delivery.ts';
import { TemporaryError } from '../../../src/contract/errors.ts';
import { opening, setUp } from './stage.ts';

const accepted = ['250 2.1.0 Accepted', '250 2.1.5 Accepted'];
const goAhead = '354 End data with <CR><LF>.<CR><LF>';
const bye = '221 2.0.0 Bye';

/** The answers from MAIL on. */
function answersTo(lines: readonly string[]): string[] {
  return lines.slice(2);
}

t.test('takes a message in', async (t) => {
  const { desk, say, served } = await setUp(t);
  const said = await say(`${opening}DATA\r\nSubject: =?utf-8?Q?h=C3=A9?=\r\n\r\n..dot\r\n.\r\nQUIT\r\n`);
  t.equal(said[0], '220 mx.example ESMTP');
  t.same(answersTo(said), [...accepted, goAhead, '250 2.6.0 Taken as 00000000000000000001', bye]);
  const [{ text, envelope, late }] = desk.taken as [(typeof desk.taken)[0]];
  const lines = text.split('\r\n');
  t.same(lines.slice(0, 2), ['Return-Path: <a@from.example>', 'Received: from me.example ([127.0.0.1])']);
  t.match(lines[2], /^\tby mx\.example with ESMTP id [a-z0-9]{12}\.1$/);
  t.equal(lines[3], '\tfor <b@to.example>;');
  t.match(lines[4], /^\t\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
  t.same(lines.slice(5), ['Subject: =?utf-8?Q?h=C3=A9?=', '', '.dot', '']);
  t.match(envelope, { name: null, deliver: ['archive'], mailboxes: [], mediaType: 'message/rfc822', account: null });
  t.same(late, { mail: { from: 'a@from.example', to: ['b@to.example'], subject: 'hé' } });
  t.match(served.items, [{ name: '00000000000000000001.eml', from: 'a@from.example', to: ['b@to.example'] }]);
});

t.test('takes many on one connection, and no more than it says', async (t) => {
  const { say, desk } = await setUp(t, { options: { max_messages: 2 } });
  const mail = 'MAIL FROM:<>\r\nRCPT TO:<b@to.example>\r\nDATA\r\n\r\nx\r\n.\r\n';
  const said = await say(`EHLO me\r\n${mail}${mail}${mail}`);
  t.equal(said.at(-1), '421 4.7.0 Too many messages on one connection');
  t.equal(desk.taken.length, 2);
  t.match(desk.taken[0]?.text, /^Return-Path: <>\r\n/);
});

t.test('recipients', async (t) => {
  const alice = { account: 'alice', room: null };
  const full = { account: 'bob', room: 0 };
  const mailboxes = { 'alice@home.example': alice, 'ally@home.example': alice, 'bob@home.example': full };
  const { say, desk } = await setUp(t, { mailboxes, options: { recipients: ['*@to.example'], max_recipients: 3 } });
  const begin = 'EHLO me\r\nMAIL FROM:<a@from.example>\r\n';

  await t.test('those of accounts go to mailboxes, all others to the deliveries', async (t) => {
    const to = ['alice@home.example', 'Ally@home.example', 'x@to.example']
      .map((each) => `RCPT TO:<${each}>\r\n`)
      .join('');
    await say(`${begin}${to}DATA\r\n\r\nx\r\n.\r\n`);
    const { envelope, late, text } = desk.taken.at(-1)!;
    t.match(envelope, { deliver: ['archive'], mailboxes: ['alice'] });
    t.same(late?.mail?.to, ['x@to.example'], 'who has a mailbox is not sent it by a delivery as well');
    t.notMatch(text, /for </, 'none of several learns of the others');
  });
  await t.test('mail for accounts alone goes by no delivery', async (t) => {
    await say(`${begin}RCPT TO:<ALICE@home.example>\r\nDATA\r\n\r\nx\r\n.\r\n`);
    t.same(desk.taken.at(-1)?.envelope.deliver, []);
  });
  await t.test('nobody, and those with a full mailbox, are refused', async (t) => {
    const said = await say(`${begin}RCPT TO:<x@else.example>\r\nRCPT TO:<bob@home.example>\r\nDATA\r\n`);
    t.same(said.slice(3), [
      '550 5.1.1 There is nobody of that address here',
      '552 5.2.2 The mailbox is full',
      '503 5.5.1 Error: need RCPT command',
    ]);
  });
  await t.test('too many are refused, those before stay', async (t) => {
    const to = [1, 2, 3, 4].map((number) => `RCPT TO:<u${number}@to.example>\r\n`).join('');
    const said = await say(`${begin}${to}DATA\r\n\r\nx\r\n.\r\n`);
    t.match(said[6], /^452 4\.5\.3 /);
    t.equal(desk.taken.at(-1)?.late?.mail?.to.length, 3);
  });
  await t.test('letters beyond ASCII come with SMTPUTF8 only', async (t) => {
    t.match((await say(`${begin}RCPT TO:<jürgen@to.example>\r\n`)).at(-1), /^553 5\.6\.7 /);
    await say(
      'EHLO me\r\nMAIL FROM:<jörg@from.example> SMTPUTF8\r\nRCPT TO:<jürgen@to.example>\r\nDATA\r\n\r\nx\r\n.\r\n',
    );
    const { text, late } = desk.taken.at(-1)!;
    t.match(text, /^Return-Path: <jörg@from\.example>\r\n[^]* with UTF8SMTP id [^]*for <jürgen@to\.example>/);
    t.same(late?.mail?.to, ['jürgen@to.example']);
  });
});

t.test('without a delivery or a mailbox nothing is taken', async (t) => {
  const { say } = await setUp(t, { context: { deliver: [] } });
  t.same((await say(opening)).at(-1), '550 5.1.1 There is nobody of that address here');
});

t.test('accounts that cannot be asked are a reason to try again', async (t) => {
  const findMailboxes = () => Promise.reject(new TemporaryError('the registry does not answer'));
  const { say } = await setUp(t, { context: { findMailboxes } });
  t.same((await say(opening)).at(-1), '451 4.3.0 It cannot be taken now, try again later');
});

t.test('lines that do not end with CRLF', async (t) => {
  const cases: readonly (readonly [name: string, ending: string])[] = [
    ['LF . CRLF', '\n.\r\n'],
    ['LF . LF', '\n.\n'],
    ['CRLF . LF', '\r\n.\n'],
    ['CR . CR', '\r.\r'],
    ['CRLF . CR', '\r\n.\r'],
  ];
  for (const [name, ending] of cases) {
    await t.test(`${name} ends no message, and smuggles none in`, async (t) => {
      const { open, desk } = await setUp(t);
      const { peer, ask } = await open();
      for (const line of opening.trim().split('\r\n')) await ask(line);
      t.match(await ask('DATA'), /^354 /);
      await peer.write(
        `\r\none${ending}MAIL FROM:<evil@x.example>\r\nRCPT TO:<b@to.example>\r\nDATA\r\ntwo\r\n.\r\nQUIT\r\n`,
      );
      t.equal((await peer.rest()).toString(), '554 5.6.11 A line does not end with CRLF\r\n');
      t.same([desk.taken.length, desk.dropped()], [0, 1]);
    });
  }
  await t.test('LF ends no command', async (t) => {
    const { say } = await setUp(t);
    t.same(await say('EHLO me\nMAIL FROM:<>\r\n'), ['220 mx.example ESMTP', '500 5.5.2 A line does not end with CRLF']);
  });
});

t.test('size', async (t) => {
  const { open, desk, say } = await setUp(t, {
    options: { max_size: '1KB' },
    mailboxes: { 'alice@to.example': { account: 'alice', room: 100 } },
  });
  const fits = `\r\n${'x'.repeat(1020)}\r\n`;

  await t.test('announced', async (t) => {
    t.equal((await say('EHLO me\r\nMAIL FROM:<> SIZE=1024\r\n')).at(-1), accepted[0]);
    t.match((await say('EHLO me\r\nMAIL FROM:<> SIZE=1025\r\n')).at(-1), /^552 5\.3\.4 /);
    t.equal(
      (await say('EHLO me\r\nMAIL FROM:<> SIZE=100\r\nRCPT TO:<alice@to.example>\r\n')).at(-1),
      '552 5.2.2 The mailbox is full',
    );
    t.equal((await say('EHLO me\r\nMAIL FROM:<> SIZE=99\r\nRCPT TO:<alice@to.example>\r\n')).at(-1), accepted[1]);
  });
  await t.test('as it comes', async (t) => {
    t.match(await say(`${opening}DATA\r\n${fits}.\r\n`), { 5: /^250 / });
    const said = await say(`${opening}DATA\r\nx${fits}.\r\nNOOP\r\n`);
    t.same(said.slice(5), ['552 5.3.4 The message is larger than 1024 bytes', '250 2.0.0 OK']);
    t.equal(desk.taken.length, 1);
  });
  await t.test('past a mailbox', async (t) => {
    const said = await say(
      `EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<alice@to.example>\r\nDATA\r\n\r\n${'x'.repeat(97)}\r\n.\r\n`,
    );
    t.equal(said.at(-1), '552 5.2.2 The mailbox is full');
  });
  await t.test('who goes on and on is hung up on', async (t) => {
    const { peer, ask } = await open();
    for (const line of [...opening.trim().split('\r\n'), 'DATA']) await ask(line);
    const answer = peer.rest();
    const much = `${'x'.repeat(1022)}\r\n`.repeat(1100);
    await peer.write(much).catch(() => {});
    t.equal((await answer).toString(), '552 5.3.4 The message is larger than 1024 bytes\r\n');
  });
});

t.test('trouble of the desk', async (t) => {
  const cases = [
    ['begin', new NoSpaceError('full'), '452 4.3.1 There is no room for it now'],
    ['commit', new NoSpaceError('full'), '452 4.3.1 There is no room for it now'],
    ['commit', new TemporaryError('busy'), '451 4.3.0 It cannot be taken now, try again later'],
    ['commit', new Error('secret'), '451 4.3.0 Something went wrong here, try again later'],
  ] as const;
  for (const [step, error, reply] of cases) {
    await t.test(`${error.name} at ${step}`, async (t) => {
      const { say, desk } = await setUp(t, { trouble: { [step]: () => Promise.reject(error) } });
      const said = await say(`${opening}DATA\r\n\r\nx\r\n.\r\nNOOP\r\n`);
      t.same(said.slice(5), [reply, '250 2.0.0 OK']);
      t.equal(desk.taken.length, 0);
    });
  }
});

t.test('a message that was cut off leaves nothing behind', async (t) => {
  const dropped = Promise.withResolvers<void>();
  const { open, desk, served } = await setUp(t);
  for (const leave of ['end', 'reset'] as const) {
    const { peer, ask } = await open();
    for (const line of [...opening.trim().split('\r\n'), 'DATA']) await ask(line);
    await peer.write('Subject: half');
    peer[leave]();
    await served.context.logged(/left before/).catch(dropped.reject);
  }
  t.equal(desk.taken.length, 0);
  t.same(served.failures, []);
});

t.test('mail that goes round in circles', async (t) => {
  const { say } = await setUp(t);
  const hops = (count: number): string => 'Received: from a\r\n\tby b\r\n'.repeat(count);
  t.match((await say(`${opening}DATA\r\n${hops(50)}\r\nx\r\n.\r\n`)).at(-1), /^250 /);
  t.equal(
    (await say(`${opening}DATA\r\n${hops(51)}\r\nx\r\n.\r\n`)).at(-1),
    '554 5.4.6 The message goes round in circles',
  );
});

t.test('logins', async (t) => {
  const account = { name: 'alice', home: '/', services: null, permissions: [], quota: null, mail: [] };
  const plain = (name: string, password: string): string => Buffer.from(`\0${name}\0${password}`).toString('base64');
  const authenticate = async (_: unknown, credentials: { readonly name: string }) =>
    'password' in credentials && credentials.password === 'sesame' ? { ...account, name: credentials.name } : null;
  const { say, desk } = await setUp(t, { options: { auth: 'required' }, authenticate });

  await t.test('are wanted', async (t) => {
    t.equal((await say(opening))[2], '530 5.7.0 Log in first');
  });
  await t.test('by PLAIN', async (t) => {
    const said = await say(`EHLO me\r\nAUTH PLAIN ${plain('alice', 'sesame')}\r\n${opening}DATA\r\n\r\nx\r\n.\r\n`);
    t.equal(said[2], '235 2.7.0 Authentication successful');
    t.equal(desk.taken.at(-1)?.envelope.account?.name, 'alice');
    t.match(desk.taken.at(-1)?.text, / with ESMTPA id /);
  });
  await t.test('by LOGIN', async (t) => {
    const [name, password] = ['alice', 'sesame'].map((word) => Buffer.from(word).toString('base64'));
    t.equal(
      (await say(`EHLO me\r\nAUTH LOGIN\r\n${name}\r\n${password}\r\n`)).at(-1),
      '235 2.7.0 Authentication successful',
    );
  });
  await t.test('as somebody else are none', async (t) => {
    const token = Buffer.from('bob\0alice\0sesame').toString('base64');
    t.match((await say(`EHLO me\r\nAUTH PLAIN ${token}\r\n`)).at(-1), /^535 5\.7\.8 /);
  });
  await t.test('three wrong ones end the connection', async (t) => {
    const wrong = `AUTH PLAIN ${plain('alice', 'x')}\r\n`;
    t.same((await say(`EHLO me\r\n${wrong}${wrong}${wrong}NOOP\r\n`)).slice(2), [
      '535 5.7.8 The name or the password is wrong',
      '535 5.7.8 The name or the password is wrong',
      '421 4.7.0 Too many failed logins',
    ]);
  });
});

t.test('a proxy that is trusted says whose connection it is', async (t) => {
  const { say, desk } = await setUp(t, { options: { xclient: ['127.0.0.0/8'], auth: 'optional' } });
  const proxied = `EHLO proxy\r\nXCLIENT ADDR=192.0.2.7 NAME=peer.example\r\n${opening}DATA\r\n\r\nx\r\n.\r\n`;
  await say(proxied);
  t.match(desk.taken.at(-1)?.text, /Received: from me\.example \(\[192\.0\.2\.7\]\)/);
  const [, ...said] = await say(
    'EHLO proxy\r\nXCLIENT ADDR=192.0.2.7\r\nEHLO me\r\nAUTH PLAIN AGEAYQ==\r\nXCLIENT ADDR=192.0.2.8\r\n',
  );
  t.match(said.slice(-2), [/^500 /, /^550 |^500 /], 'who comes by it cannot log in, nor say so again');
  const { say: sayUntrusted } = await setUp(t);
  t.match((await sayUntrusted('EHLO me\r\nXCLIENT ADDR=192.0.2.7\r\n')).at(-1), /^500 /);
});

t.test('limits of a connection', async (t) => {
  const { say } = await setUp(t, { options: { max_errors: 3, require_tls: true } });
  await t.test('errors', async (t) => {
    const said = await say('EHLO me\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\nNOOP\r\n');
    t.same(said.slice(2), [...Array<string>(3).fill('530 5.7.0 Start TLS first'), '421 4.7.0 Too many errors']);
  });
  await t.test('the length of a command', async (t) => {
    t.equal((await say(`${'N'.repeat(12_288)}\r\n`)).at(-1), '500 5.5.2 Error: command not recognized');
    t.match((await say(`${'N'.repeat(12_289)}\r\n`)).at(-1), /^421 .*too long/);
  });
});

t.test('a worker that drains ends idle connections, and others after their message', async (t) => {
  const { open, served, desk } = await setUp(t);
  const [idle, busy] = [await open(), await open()];
  for (const line of [...opening.trim().split('\r\n'), 'DATA']) await busy.ask(line);
  served.context.drain();
  t.equal(await idle.reply(), '421 4.3.2 The service is ending, try again');
  t.match(await busy.ask('\r\nx\r\n.'), /^250 /);
  t.equal(await busy.reply(), '421 4.3.2 The service is ending, try again');
  t.equal(desk.taken.length, 1);
});

t.test('a limit of the session is told', async (t) => {
  const { served } = await setUp(t);
  const { peer, session } = await served.connect();
  await peer.bytes('220 mx.example ESMTP\r\n'.length);
  session.abort('idle');
  t.equal((await peer.rest()).toString(), '421 4.4.2 The time is up\r\n');
  peer.end();
});
