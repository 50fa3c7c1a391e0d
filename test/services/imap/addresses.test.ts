import t from 'tap';

import { parseAddresses, showAddresses } from '../../../src/services/imap/addresses.ts';

type Row = readonly [name: string | null, mailbox: string | null, host: string | null];

t.test('addresses', async (t) => {
  const cases: readonly (readonly [text: string, addresses: readonly Row[]])[] = [
    ['a@b.example', [[null, 'a', 'b.example']]],
    ['Ann Lee <a@b.example>', [['Ann Lee', 'a', 'b.example']]],
    [
      '"Lee, Ann" <a@b.example>, c@d',
      [
        ['Lee, Ann', 'a', 'b.example'],
        [null, 'c', 'd'],
      ],
    ],
    ['a@b.example (Ann (A) Lee)', [['Ann (A) Lee', 'a', 'b.example']]],
    ['"a b"@c', [[null, 'a b', 'c']]],
    ['a.b . c @ [192.0.2.1]', [[null, 'a.b.c', '[192.0.2.1]']]],
    ['J. R. Doe <j@d>', [['J. R. Doe', 'j', 'd']]],
    ['=?utf-8?q?J=C3=B6rg?= <j@d>', [['=?utf-8?q?J=C3=B6rg?=', 'j', 'd']]],
    ['<a@b>', [[null, 'a', 'b']]],
    ['<@x,@y:a@b>', [[null, 'a', 'b']]],
    ['<>', [[null, '', '']]],
    [
      'undisclosed-recipients:;',
      [
        [null, 'undisclosed-recipients', null],
        [null, null, null],
      ],
    ],
    [
      'Team: a@b, C <c@d>;, e@f',
      [
        [null, 'Team', null],
        [null, 'a', 'b'],
        ['C', 'c', 'd'],
        [null, null, null],
        [null, 'e', 'f'],
      ],
    ],
    [
      'Team: a@b',
      [
        [null, 'Team', null],
        [null, 'a', 'b'],
        [null, null, null],
      ],
    ],
    ['nobody', [[null, 'nobody', '']]],
    [
      'a@b; c@d',
      [
        [null, 'a', 'b'],
        [null, 'c', 'd'],
      ],
    ],
    ['"unended <a@b>', [[null, 'unended <a@b>', '']]],
    ['(only a comment', []],
    [',,', []],
    ['', []],
  ];
  for (const [text, rows] of cases) {
    t.same(
      parseAddresses(text).map(({ name, mailbox, host }) => [name, mailbox, host]),
      rows,
      text,
    );
  }
  t.equal(parseAddresses('<@x,@y:a@b>')[0]?.route, '@x,@y');
});

t.test('as an envelope has them', async (t) => {
  t.equal(showAddresses('A "B" <a@b>'), '(("A B" NIL "a" "b"))');
  t.equal(showAddresses('"a\\\\\\"b" <a@b>'), '(("a\\\\\\"b" NIL "a" "b"))');
  t.equal(showAddresses('J\xf6rg <a@b>'), '(({4}\r\nJ\xf6rg NIL "a" "b"))');
  t.equal(showAddresses(undefined), 'NIL');
  t.equal(showAddresses(' '), 'NIL');
});

t.test('not too many, in no more time than they take to read', async (t) => {
  t.equal(parseAddresses(Array.from({ length: 2_000 }, (_, index) => `a@b${index}`).join()).length, 1_000);
  t.ok(parseAddresses('('.repeat(60_000)).length === 0);
  t.ok(parseAddresses('<'.repeat(60_000)).length > 0);
});
