import t from 'tap';

import {
  folderOf,
  matchesPattern,
  nameOfFolder,
  parentsOf,
  parseMailboxName,
  showMailboxName,
} from '../../../src/services/imap/mailbox-name.ts';

t.test('names from peers', async (t) => {
  const cases: readonly (readonly [text: string, rev1: string | null, rev2: string | null])[] = [
    ['inbox', 'INBOX', 'INBOX'],
    ['Inbox.a', 'INBOX.a', 'INBOX.a'],
    ['Sent Items', 'Sent Items', 'Sent Items'],
    ['Entw&APw-rfe', 'Entw\u00fcrfe', 'Entw&APw-rfe'],
    ['a&-b', 'a&b', 'a&-b'],
    ['a&b', null, 'a&b'],
    ['Entw\u00fcrfe', null, 'Entw\u00fcrfe'],
    ['', null, null],
    ['a..b', null, null],
    ['.a', null, null],
    ['a.', null, null],
    ['..', null, null],
    ['../x', null, null],
    ['a/b', null, null],
    ['a\nb', null, null],
    ['&AAo-', null, '&AAo-'],
    ['&AC8-', null, '&AC8-'],
    ['x'.repeat(239), 'x'.repeat(239), 'x'.repeat(239)],
    ['x'.repeat(240), null, null],
    [`${'x.'.repeat(19)}x`, `${'x.'.repeat(19)}x`, `${'x.'.repeat(19)}x`],
    [`${'x.'.repeat(20)}x`, null, null],
  ];
  for (const [text, rev1, rev2] of cases) {
    t.equal(parseMailboxName(text, false), rev1, `${text}, modified UTF-7`);
    t.equal(parseMailboxName(text, true), rev2, `${text}, UTF-8`);
  }
  t.equal(showMailboxName('Entw\u00fcrfe', false), 'Entw&APw-rfe');
  t.equal(showMailboxName('Entw\u00fcrfe', true), 'Entw\u00fcrfe');
});

t.test('folders', async (t) => {
  for (const [name, folder] of [
    ['Sent', '.Sent'],
    ['A.B', '.A.B'],
    ['\u53f0', '.&U,A-'],
    ['INBOX.x', '.INBOX.x'],
  ] as const) {
    t.equal(folderOf(name), folder);
    t.equal(nameOfFolder(folder), name);
  }
  t.equal(folderOf('INBOX'), '');
  for (const folder of ['.', '..', 'cur', '.INBOX', '.inbox', '.a..b', '.&x-', '.a\u00fc']) {
    t.equal(nameOfFolder(folder), null, folder);
  }
  t.same(parentsOf('A.B.C'), ['A', 'A.B']);
  t.same(parentsOf('A'), []);
});

t.test('patterns', async (t) => {
  const cases: readonly (readonly [pattern: string, name: string, matches: boolean])[] = [
    ['*', 'A.B', true],
    ['%', 'A', true],
    ['%', 'A.B', false],
    ['A.%', 'A.B', true],
    ['A.%', 'A.B.C', false],
    ['A*C', 'A.B.C', true],
    ['A%C', 'A.B.C', false],
    ['%.%', 'A.B', true],
    ['', 'A', false],
    ['A', 'A', true],
    ['a', 'A', false],
    ['%*', 'A.B', true],
    ['*a', `${'a'.repeat(100)}b`, false],
  ];
  for (const [pattern, name, matches] of cases) t.equal(matchesPattern(name, pattern), matches, `${pattern} ${name}`);
});
