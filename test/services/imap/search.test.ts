import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { setUp } from './stage.ts';

const text = Buffer.from('J\u00f6rg was here').toString('base64');
const mails = {
  'cur/1.a:2,S': 'Subject: One\nFrom: Ann <ann@x.example>\nDate: Mon, 7 Feb 1994 23:52:25 -0800\n\nhello world\n',
  'cur/2.b:2,FRS': `Subject: =?utf-8?b?${Buffer.from('Gr\u00fc\u00dfe').toString('base64')}?=\nTo: bob@y.example\nContent-Transfer-Encoding: base64\nContent-Type: text/plain; charset=utf-8\n\n${text}\n`,
  'new/3.c': 'Subject: three\nX-Empty:\nContent-Type: image/png\n\nhello inside\n',
};

t.test('searches', async (t) => {
  const { enter, maildir } = await setUp(t, mails);
  for (const [name, day] of [
    ['cur/1.a:2,S', 1],
    ['cur/2.b:2,FRS', 2],
    ['new/3.c', 3],
  ] as const) {
    const at = new Date(Date.UTC(2020, 1, day, 12));
    fs.utimesSync(join(maildir, name), at, at);
  }
  const { ask } = await enter();
  const cases: readonly (readonly [keys: string, found: string])[] = [
    ['ALL', ' 1 2 3'],
    ['SEEN', ' 1 2'],
    ['UNSEEN', ' 3'],
    ['NEW', ' 3'],
    ['OLD', ' 1 2'],
    ['RECENT', ' 3'],
    ['FLAGGED ANSWERED', ' 2'],
    ['UNDELETED UNDRAFT', ' 1 2 3'],
    ['KEYWORD x', ''],
    ['SUBJECT one', ' 1'],
    ['SUBJECT "gr\xc3\xbc\xc3\x9fe"', ' 2'],
    ['FROM ANN@X', ' 1'],
    ['TO bob', ' 2'],
    ['CC bob', ''],
    ['HEADER X-Empty ""', ' 3'],
    ['BODY "hello"', ' 1'],
    ['BODY "j\xc3\xb6rg WAS"', ' 2'],
    ['TEXT three', ' 3'],
    ['TEXT world', ' 1'],
    ['ON 2-Feb-2020', ' 2'],
    ['BEFORE 2-Feb-2020', ' 1'],
    ['SINCE 2-Feb-2020', ' 2 3'],
    ['SENTON 7-Feb-1994', ' 1'],
    ['SENTSINCE 8-Feb-1994', ''],
    ['LARGER 100', ' 2'],
    ['SMALLER 80', ' 3'],
    ['2:*', ' 2 3'],
    ['UID 1,3', ' 1 3'],
    ['OR SUBJECT one 3', ' 1 3'],
    ['NOT (OR 1 2)', ' 3'],
  ];
  for (const [keys, found] of cases) {
    t.same(
      await ask(Buffer.from(keys, 'latin1').toString().replace(/^/, 'SEARCH ')),
      [`* SEARCH${found}`, 'OK Done'],
      keys,
    );
  }
  t.match(await ask('SEARCH RETURN (MIN MAX COUNT ALL) NOT 2'), [
    /^\* ESEARCH \(TAG "t\d+"\) MIN 1 MAX 3 ALL 1,3 COUNT 2$/,
    'OK Done',
  ]);
  t.match(await ask('UID SEARCH RETURN (COUNT MIN) KEYWORD x'), [/^\* ESEARCH \(TAG "t\d+"\) UID COUNT 0$/, 'OK Done']);

  await t.test('what was found can be used', async (t) => {
    t.same(await ask('SEARCH RETURN (SAVE) SUBJECT three'), ['OK Done']);
    t.same(await ask('FETCH $ UID'), ['* 3 FETCH (UID 3)', 'OK Done']);
    t.same(await ask('SEARCH NOT $'), ['* SEARCH 1 2', 'OK Done']);
  });
  await t.test('IMAP4rev2 has no other answer', async (t) => {
    await ask('ENABLE IMAP4rev2');
    t.match(await ask('SEARCH SEEN'), [/^\* ESEARCH \(TAG "t\d+"\) ALL 1:2$/, 'OK Done']);
  });
});
