import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { alice, setUp } from './stage.ts';
import { serve } from '../../support/serve.ts';
import { createFakeContext } from '../../support/fake-context.ts';
import { createFakeBuses } from '../../support/fake-bus.ts';
import imap from '../../../src/services/imap/index.ts';

const mails = {
  'new/1.a': 'Subject: one\nFrom: Ann <ann@x.example>\nDate: Mon, 7 Feb 1994 21:52:25 -0800\n\nhello\n',
  'cur/2.b:2,FS': 'Subject: =?utf-8?q?J=C3=B6rg?=\r\nTo: bob@y.example\r\n\r\nbody',
};

t.test('selects', async (t) => {
  const { enter, names } = await setUp(t, mails);
  const { ask } = await enter(null);
  const [flags, ...more] = await ask('SELECT inbox');
  t.equal(flags, '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded)');
  t.match(more, [
    /^\* OK \[PERMANENTFLAGS \(\\Answered \\Flagged \\Deleted \\Seen \\Draft \$Forwarded\)\] /,
    '* 2 EXISTS',
    '* 1 RECENT',
    /^\* OK \[UNSEEN 1\] /,
    /^\* OK \[UIDVALIDITY \d+\] /,
    /^\* OK \[UIDNEXT 3\] /,
    'OK [READ-WRITE] Selected',
  ]);
  t.same(names(), ['cur/1.a:2,', 'cur/2.b:2,FS'], 'who reads mail has seen that it is there');
  t.same(await ask('SELECT nobody'), [
    '* OK [CLOSED] Another one was selected',
    'NO [NONEXISTENT] There is no such mailbox',
  ]);
  t.same(await ask('FETCH 1 FLAGS'), ['BAD Select a mailbox first']);
  await ask('ENABLE IMAP4rev2');
  t.match(await ask('EXAMINE INBOX'), [
    /^\* FLAGS/,
    '* OK [PERMANENTFLAGS ()] These are kept',
    '* 2 EXISTS',
    /UIDVALIDITY/,
    /UIDNEXT/,
    '* LIST () "." "INBOX"',
    'OK [READ-ONLY] Selected',
  ]);
  t.same(await ask('STORE 1 FLAGS \\Seen'), ['NO [READ-ONLY] The mailbox is selected for reading only']);
  t.same(await ask('EXPUNGE'), ['NO [READ-ONLY] The mailbox is selected for reading only']);
  t.match(await ask('FETCH 1 BODY[TEXT]'), ['* 1 FETCH (BODY[TEXT] {7}', 'hello', ')', 'OK Done']);
  t.same(names(), ['cur/1.a:2,', 'cur/2.b:2,FS'], 'who only looks leaves no trace');
  t.same(await ask('UNSELECT'), ['OK Done']);
});

t.test('fetches', async (t) => {
  const { enter, maildir, names } = await setUp(t, mails);
  fs.utimesSync(join(maildir, 'new/1.a'), 1_000_000_000, 1_000_000_000);
  const { ask } = await enter();
  t.same(await ask('FETCH 1:2 (UID FLAGS RFC822.SIZE)'), [
    '* 1 FETCH (UID 1 FLAGS (\\Recent) RFC822.SIZE 88)',
    '* 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen) RFC822.SIZE 57)',
    'OK Done',
  ]);
  t.same(await ask('UID FETCH 2:9 FLAGS'), ['* 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen))', 'OK Done']);
  t.same(await ask('FETCH 1 ALL'), [
    '* 1 FETCH (FLAGS (\\Recent) INTERNALDATE "09-Sep-2001 01:46:40 +0000" RFC822.SIZE 88 ENVELOPE ("Mon, 7 Feb 1994 21:52:25 -0800" "one" (("Ann" NIL "ann" "x.example")) (("Ann" NIL "ann" "x.example")) (("Ann" NIL "ann" "x.example")) NIL NIL NIL NIL NIL))',
    'OK Done',
  ]);
  t.same(
    await ask('FETCH 1 (BODY.PEEK[HEADER.FIELDS (subject)] BODY.PEEK[TEXT]<1.3> BODY.PEEK[5] BODY.PEEK[1]<99.5>)'),
    [
      '* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {16}',
      'Subject: one',
      '',
      ' BODY[TEXT]<1> {3}',
      'ell BODY[5] NIL BODY[1]<99> {0}',
      ')',
      'OK Done',
    ],
  );
  t.same(await ask('FETCH 1 BODY[1]'), ['* 1 FETCH (BODY[1] {7}', 'hello', ' FLAGS (\\Seen \\Recent))', 'OK Done']);
  t.same(names()[0], 'cur/1.a:2,S');
  t.same(await ask('FETCH 3 FLAGS'), ['BAD There is no such message']);
  t.same(await ask('UID FETCH 7 FLAGS'), ['OK Done']);

  await t.test('what another program has removed is told of, when numbers may change', async (t) => {
    fs.rmSync(join(maildir, 'cur/1.a:2,S'));
    t.same(await ask('FETCH 1 BODY[]'), ['NO [EXPUNGEISSUED] Some of these messages are gone']);
    t.same(await ask('FETCH 2 UID'), ['* 2 FETCH (UID 2)', 'OK Done']);
    t.same(await ask('NOOP'), ['* 1 EXPUNGE', 'OK Done']);
    t.same(await ask('FETCH 1 UID'), ['* 1 FETCH (UID 2)', 'OK Done']);
  });
});

t.test('a part without its encoding', async (t) => {
  const { enter } = await setUp(t, {
    'cur/1.a:2,S': 'Content-Transfer-Encoding: base64\n\naGVsbG8=\n',
    'cur/2.b:2,S': 'Content-Transfer-Encoding: x-own\n\nx\n',
  });
  const { ask } = await enter();
  t.same(await ask('FETCH 1 (BINARY.SIZE[1] BINARY[1]<1.3>)'), [
    '* 1 FETCH (BINARY.SIZE[1] 5 BINARY[1]<1> ~{3}',
    'ell)',
    'OK Done',
  ]);
  t.same(await ask('FETCH 2 BINARY[1]'), ['NO [UNKNOWN-CTE] A part has an encoding that nobody knows']);
});

t.test('flags', async (t) => {
  const { enter, names, maildir } = await setUp(t, mails);
  const [mine, other] = [await enter(), await enter()];
  t.same(await mine.ask('STORE 1 +FLAGS (\\Answered $Label1)'), ['* 1 FETCH (FLAGS (\\Answered \\Recent))', 'OK Done']);
  t.same(await mine.ask('UID STORE 2 -FLAGS.SILENT \\Flagged'), ['OK Done']);
  t.same(names(), ['cur/1.a:2,R', 'cur/2.b:2,S']);
  t.same(await other.ask('NOOP'), [
    '* 1 FETCH (UID 1 FLAGS (\\Answered))',
    '* 2 FETCH (UID 2 FLAGS (\\Seen))',
    'OK Done',
  ]);
  fs.renameSync(join(maildir, 'cur/1.a:2,R'), join(maildir, 'cur/1.a:2,RS'));
  t.same(await mine.ask('STORE 1 +FLAGS \\Draft'), [
    '* 1 FETCH (FLAGS (\\Answered \\Seen \\Draft \\Recent))',
    'OK Done',
  ]);
});

t.test('expunges', async (t) => {
  const { enter, names } = await setUp(t, { ...mails, 'cur/3.c:2,T': 'x', 'cur/4.d:2,T': 'x' });
  const [mine, other] = [await enter(), await enter()];
  t.same(await mine.ask('UID EXPUNGE 1:3'), ['* 3 EXPUNGE', 'OK Done']);
  await mine.ask('STORE 1 FLAGS.SILENT \\Deleted');
  t.same(await mine.ask('EXPUNGE'), ['* 3 EXPUNGE', '* 1 EXPUNGE', 'OK Done']);
  t.same(await other.ask('SEARCH ALL'), ['* SEARCH 1 2 3 4', 'OK Done'], 'numbers do not change meanwhile');
  t.same(await other.ask('UID SEARCH ALL'), [
    '* SEARCH 1 2 3 4',
    '* 4 EXPUNGE',
    '* 3 EXPUNGE',
    '* 1 EXPUNGE',
    'OK Done',
  ]);
  await other.ask('STORE 1 FLAGS.SILENT \\Deleted');
  t.same(await other.ask('CLOSE'), ['OK Done']);
  t.same(names(), []);
});

t.test('copies and moves', async (t) => {
  const { enter, names } = await setUp(t, mails);
  const { ask, outcome } = await enter();
  t.equal(await outcome('COPY 1 Sent'), 'NO [TRYCREATE] There is no such mailbox');
  await ask('CREATE Sent');
  t.match(await ask('COPY 1:2 Sent'), [/^OK \[COPYUID \d+ 1:2 1:2\] Done$/]);
  t.match(await ask('UID MOVE 2 Sent'), [/^\* OK \[COPYUID \d+ 2 3\] Moved$/, '* 2 EXPUNGE', 'OK Done']);
  t.same(names(), ['cur/1.a:2,']);
  t.match(names('.Sent'), [/:2,$/, /:2,FS$/, /:2,FS$/]);
  t.equal(await outcome('UID COPY 99 Sent'), 'OK There is nothing to do');
  t.match(await ask('COPY 1 INBOX'), ['* 2 EXISTS', '* 1 RECENT', /^OK \[COPYUID \d+ 1 3\]/]);
  await t.test('as far as there is room', async (t) => {
    const { enter, names } = await setUp(t, mails, { quota: 200 });
    const { outcome } = await enter();
    t.match(await outcome('COPY 2 INBOX'), /^OK/);
    t.equal(await outcome('COPY 1 INBOX'), 'NO [OVERQUOTA] There is no room for it');
    t.equal(names().length, 3);
  });
});

t.test('mailboxes', async (t) => {
  const { enter } = await setUp(t, mails);
  const { ask, outcome } = await enter(null);
  const cases: readonly (readonly [command: string, answer: string])[] = [
    ['CREATE A.', 'OK Done'],
    ['CREATE A', 'NO [ALREADYEXISTS] There is one of that name'],
    ['CREATE ../x', 'NO [CANNOT] There can be no mailbox of that name'],
    ['CREATE "a/b"', 'NO [CANNOT] There can be no mailbox of that name'],
    ['CREATE "Entw&APw-rfe"', 'OK Done'],
    ['RENAME A B', 'OK Done'],
    ['RENAME A C', 'NO [NONEXISTENT] There is no such mailbox'],
    ['RENAME B ..', 'NO [CANNOT] There can be no mailbox of that name'],
    ['DELETE INBOX', 'NO [CANNOT] There is always an INBOX'],
    ['DELETE nobody', 'NO [NONEXISTENT] There is no such mailbox'],
    ['DELETE ..', 'NO [NONEXISTENT] There is no such mailbox'],
    ['SUBSCRIBE B', 'OK Done'],
    ['UNSUBSCRIBE B', 'OK Done'],
    ['STATUS nobody (MESSAGES)', 'NO [NONEXISTENT] There is no such mailbox'],
    ['CHECK', 'BAD Select a mailbox first'],
  ];
  for (const [command, answer] of cases) t.equal(await outcome(command), answer, command);
  t.match(await ask('STATUS INBOX (MESSAGES RECENT UNSEEN UIDNEXT DELETED SIZE)'), [
    '* STATUS "INBOX" (MESSAGES 2 RECENT 1 UNSEEN 1 UIDNEXT 3 DELETED 0 SIZE 145)',
    'OK Done',
  ]);
  await ask('ENABLE IMAP4rev2');
  t.same(await ask('LIST "" "E*"'), [
    `* LIST (\\HasNoChildren) "." "${Buffer.from('Entw\u00fcrfe').toString('latin1')}"`,
    'OK Done',
  ]);
});

t.test('two workers share a mailbox', async (t) => {
  const [bus, otherBus] = createFakeBuses(2);
  const { enter, maildir } = await setUp(t, mails, { context: { bus: bus! } });
  const context = createFakeContext({ bus: otherBus!, mailbox: () => maildir });
  const other = await serve(imap, { context, authenticate: async () => alice });
  t.teardown(() => other.close());
  const { ask } = await enter();
  const { peer } = await other.connect();
  await peer.write('a LOGIN alice sesame\r\nb APPEND INBOX {3+}\r\nA:b\r\nc LOGOUT\r\n');
  peer.end();
  t.match(String(await peer.rest()), /b OK \[APPENDUID \d+ 3\] Done\r\n/);
  t.same(await ask('NOOP'), ['* 3 EXISTS', '* 1 RECENT', 'OK Done']);
});
