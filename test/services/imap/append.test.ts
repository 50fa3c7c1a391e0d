import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { setUp } from './stage.ts';

t.test('puts a message into a mailbox', async (t) => {
  const { enter, names, maildir, served } = await setUp(t);
  const { send, line, ask, answer } = await enter();
  await send('a APPEND INBOX (\\Seen \\Flagged) "01-Feb-2020 10:00:00 +0100" {12}\r\n');
  t.equal(await line(), '+ Send it');
  await send('A: b\r\n\r\nx\ny\n\r\n');
  t.same([await line(), await line()], ['* 1 EXISTS', '* 0 RECENT']);
  t.match(await line(), /^a OK \[APPENDUID \d+ 1\] Done$/);
  t.match(names(), [/^cur\/.*,S=12,W=14:2,FS$/]);
  t.same(fs.readdirSync(join(maildir, 'tmp')), []);
  t.equal(fs.statSync(join(maildir, names()[0] ?? '')).mtimeMs, Date.UTC(2020, 1, 1, 9));
  t.match(served.items, [{ size: 12, account: 'alice' }]);
  t.same(await ask('FETCH 1 (RFC822.SIZE BODY[])'), [
    '* 1 FETCH (RFC822.SIZE 14 BODY[] {14}',
    'A: b',
    '',
    'x',
    'y',
    ')',
    'OK Done',
  ]);
  await t.test('unasked, behind another command', async (t) => {
    await send('b NOOP\r\nc APPEND {5+}\r\nINBOX {3+}\r\nA:b\r\n');
    t.match(
      [await line(), await line(), await line(), await line()],
      ['b OK Done', '* 2 EXISTS', '* 0 RECENT', /^c OK \[APPENDUID \d+ 2\]/],
    );
  });
  t.equal(typeof answer, 'function');
});

t.test('what cannot be kept', async (t) => {
  const { enter, names, maildir } = await setUp(
    t,
    { 'new/1.a,S=990': 'x' },
    { options: { max_size: '1KB' }, quota: 1_000 },
  );
  const { send, line, ask } = await enter();
  const cases: readonly (readonly [command: string, answer: string])[] = [
    ['APPEND nobody {3}', 'NO [TRYCREATE] There is no such mailbox'],
    ['APPEND nobody {3+}\r\nA:b', 'NO [TRYCREATE] There is no such mailbox'],
    ['APPEND INBOX {1025}', 'NO [TOOBIG] The message is too large'],
    [`APPEND INBOX {1025+}\r\n${'x'.repeat(1_025)}`, 'NO [TOOBIG] The message is too large'],
    ['APPEND INBOX {11}', 'NO [OVERQUOTA] There is no room for it'],
    ['APPEND INBOX {0+}\r\n', 'NO The message is empty'],
    ['APPEND INBOX {3+}\r\nA:b x', 'BAD Nothing may follow the message'],
  ];
  for (const [command, answer] of cases) t.same(await ask(command), [answer], command);
  t.same(names(), ['cur/1.a,S=990:2,']);
  t.same(fs.readdirSync(join(maildir, 'tmp')), []);
  await send('a APPEND INBOX {10+}\r\n0123456789\r\n');
  await line();
  await line();
  t.match(await line(), /^a OK/, 'as large as there is room for');
});

t.test('a peer that goes in the middle leaves nothing behind', async (t) => {
  const { enter, names, maildir, served } = await setUp(t, {});
  const { send, peer } = await enter();
  await send('a APPEND INBOX {100+}\r\nA: b\r\n');
  peer.end();
  t.equal((await peer.rest()).length, 0);
  t.same(names(), []);
  t.same(fs.readdirSync(join(maildir, 'tmp')), []);
  t.same(served.failures, []);
});

t.test('as large as may be', async (t) => {
  const { enter } = await setUp(t, {}, { options: { max_size: '1KB' } });
  const { outcome } = await enter();
  t.match(await outcome(`APPEND INBOX {1024+}\r\n${'x'.repeat(1_024)}`), /^OK/);
});
