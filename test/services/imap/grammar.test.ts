import t from 'tap';

import { isBeforeMessage, parseCommand, type Command } from '../../../src/services/imap/grammar.ts';
import type { Piece } from '../../../src/services/imap/incoming.ts';

function parse(...pieces: readonly Piece[]): unknown {
  const { outcome } = parseCommand(pieces, null);
  return 'command' in outcome ? outcome.command : `${outcome.word} ${outcome.flaw}`;
}

t.test('commands', async (t) => {
  const cases: readonly (readonly [text: string, command: Command | string])[] = [
    ['a NOOP', { verb: 'NOOP' }],
    ['a noop ', { verb: 'NOOP' }],
    ['a NOOP x', 'BAD That is too much'],
    ['a', 'BAD Something is missing'],
    ['a ', 'BAD There is no such command'],
    ['a HELO', 'BAD There is no such command'],
    ['a UID NOOP', 'BAD There is no such command'],
    ['a LOGIN "a\\"b" c\\d', 'BAD That is too much'],
    ['a LOGIN "a\\"b" c', { verb: 'LOGIN', name: 'a"b', password: 'c' }],
    ['a LOGIN a ""', { verb: 'LOGIN', name: 'a', password: '' }],
    ['a LOGIN a', 'BAD Something is missing'],
    ['a LOGIN a (b', 'BAD A string is missing'],
    ['a LOGIN a "b', 'BAD A string is missing'],
    ['a LOGIN a \xff', 'BAD That is no text in UTF-8'],
    ['a SELECT J\xc3\xb6rg]', { verb: 'SELECT', mailbox: 'J\u00f6rg]' }],
    ['a AUTHENTICATE plain', { verb: 'AUTHENTICATE', mechanism: 'PLAIN', initial: null }],
    ['a AUTHENTICATE PLAIN =', { verb: 'AUTHENTICATE', mechanism: 'PLAIN', initial: '=' }],
    ['a ENABLE Condstore x', { verb: 'ENABLE', names: ['CONDSTORE', 'X'] }],
    ['a ENABLE', 'BAD What to enable is missing'],
    ['a ID NIL', { verb: 'ID' }],
    ['a ID ("name" "x" "os" NIL)', { verb: 'ID' }],
    ['a ID', 'BAD Something is missing'],
    ['a RENAME a b', { verb: 'RENAME', mailbox: 'a', to: 'b' }],
    ['a STATUS x (MESSAGES SIZE)', { verb: 'STATUS', mailbox: 'x', items: ['MESSAGES', 'SIZE'] }],
    ['a STATUS x ()', 'BAD What is to be told is missing'],
    ['a STATUS x (HIGHESTMODSEQ)', 'BAD There is no such thing to tell'],
    ['a APPEND x', 'BAD Something is missing'],
    ['a APPEND x "', 'BAD A string is missing'],
    ['a APPEND x "yesterday" ', 'BAD There is no such time'],
    ['a UID EXPUNGE 3:*', { verb: 'UID EXPUNGE', isUid: true, set: [{ from: 3, to: Infinity }] }],
    ['a COPY $ x', { verb: 'COPY', isUid: false, set: '$', mailbox: 'x' }],
    [
      'a UID MOVE 1,3 x',
      {
        verb: 'MOVE',
        isUid: true,
        mailbox: 'x',
        set: [
          { from: 1, to: 1 },
          { from: 3, to: 3 },
        ],
      },
    ],
    ['a COPY 0 x', 'BAD Numbers begin with 1'],
    ['a COPY 1: x', 'BAD A number is missing'],
    ['a COPY 4294967296 x', 'BAD The number is too large'],
    [
      'a STORE 1 +flags.silent (\\Seen $Junk)',
      {
        verb: 'STORE',
        isUid: false,
        set: [{ from: 1, to: 1 }],
        store: { change: 'add', letters: 'S', isSilent: true },
      },
    ],
    [
      'a STORE 1 FLAGS \\Deleted \\Seen',
      {
        verb: 'STORE',
        isUid: false,
        set: [{ from: 1, to: 1 }],
        store: { change: 'replace', letters: 'ST', isSilent: false },
      },
    ],
    ['a STORE 1 *FLAGS x', 'BAD FLAGS is missing'],
  ];
  for (const [text, command] of cases) t.same(parse(text), command, text);
});

t.test('tags', async (t) => {
  const tagOf = (text: string): string | null => parseCommand([text], null).tag;
  t.equal(tagOf('A1.x]-/ NOOP'), 'A1.x]-/');
  for (const text of ['', ' NOOP', '+ NOOP', 'a+b NOOP', '* NOOP', `${'a'.repeat(101)} NOOP`]) {
    t.equal(tagOf(text), null, text);
  }
  t.equal(tagOf(`${'a'.repeat(100)} NOOP`), 'a'.repeat(100));
});

t.test('literals', async (t) => {
  t.same(parse('a LOGIN ', Buffer.from('a b'), ' ', Buffer.from('c"'), ''), {
    verb: 'LOGIN',
    name: 'a b',
    password: 'c"',
  });
  t.equal(parse('a LOGIN x', Buffer.from('a'), ''), 'BAD Something is missing');
  t.equal(parse('a LOGIN ', Buffer.from('a\0'), ' b'), 'BAD That is no text in UTF-8');
  t.equal(parse('a NOOP ', Buffer.from('x'), ''), 'BAD That is too much');
});

t.test('where a message follows', async (t) => {
  for (const before of ['a APPEND x ', 'a append "x y" (\\Seen) ', 'a APPEND x " 1-Feb-2020 10:00:00 +0000" ']) {
    t.ok(isBeforeMessage([before]), before);
  }
  t.ok(isBeforeMessage(['a APPEND ', Buffer.from('x'), ' (\\Seen) ']));
  for (const before of ['a APPEND ', 'a APPEND x', 'a LOGIN x ', 'a APPEND x (\\Seen ', 'APPEND x ', 'a APPEND x y ']) {
    t.notOk(isBeforeMessage([before]), before);
  }
  const { outcome } = parseCommand(['a APPEND x (\\Flagged) "01-Feb-2020 10:00:00 +0100" '], {
    size: 7,
    isAwaited: true,
  });
  t.same(outcome, {
    command: {
      verb: 'APPEND',
      mailbox: 'x',
      letters: 'F',
      time: Date.UTC(2020, 1, 1, 9),
      message: { size: 7, isAwaited: true },
    },
  });
});

t.test('things to fetch', async (t) => {
  const itemsOf = (text: string): unknown => {
    const command = parse(`a FETCH 1 ${text}`);
    return typeof command === 'string' ? command : (command as { items: unknown }).items;
  };
  const plain = { kind: 'section', isPeek: false, partial: null } as const;
  const all = { part: [], what: 'all', fields: [] };
  const cases: readonly (readonly [text: string, items: unknown])[] = [
    ['fast', [{ kind: 'FLAGS' }, { kind: 'INTERNALDATE' }, { kind: 'RFC822.SIZE' }]],
    ['FLAGS', [{ kind: 'FLAGS' }]],
    ['(UID BODY)', [{ kind: 'UID' }, { kind: 'BODY' }]],
    ['(FAST)', 'BAD There is no such thing to fetch'],
    ['RFC822', [{ ...plain, section: all, label: 'RFC822' }]],
    ['RFC822.HEADER', [{ ...plain, isPeek: true, section: { ...all, what: 'header' }, label: 'RFC822.HEADER' }]],
    ['BODY[]', [{ ...plain, section: all, label: 'BODY[]' }]],
    [
      'BODY.PEEK[1.2.TEXT]<5.10>',
      [
        {
          kind: 'section',
          isPeek: true,
          section: { part: [1, 2], what: 'text', fields: [] },
          partial: { from: 5, length: 10 },
          label: 'BODY[1.2.TEXT]<5>',
        },
      ],
    ],
    [
      'BODY[3.HEADER.FIELDS.NOT (from "x(y")]',
      [
        {
          ...plain,
          section: { part: [3], what: 'fields-not', fields: ['from', 'x(y'] },
          label: 'BODY[3.HEADER.FIELDS.NOT (FROM "X(Y")]',
        },
      ],
    ],
    ['BINARY.SIZE[2]', [{ kind: 'size', part: [2], label: 'BINARY.SIZE[2]' }]],
    [
      'BINARY[2]<0.5>',
      [
        {
          kind: 'binary',
          isPeek: false,
          section: { ...all, part: [2] },
          partial: { from: 0, length: 5 },
          label: 'BINARY[2]<0>',
        },
      ],
    ],
    ['BODY[MIME]', 'BAD There is no such section'],
    ['BODY[0]', 'BAD There is no such section'],
    ['BODY[1.]', 'BAD There is no such section'],
    ['BODY[HEADER.FIELDS ()]', 'BAD Names of fields are missing'],
    ['BODY[HEADER.FIELDS (a:b)]', 'BAD That is no name of a field'],
    ['BODY[]<0.0>', 'BAD A part of no length'],
    ['BODY[1', 'BAD ] is missing'],
    [
      `BODY[${'1.'.repeat(31)}1]`,
      [
        {
          ...plain,
          section: { ...all, part: Array.from({ length: 32 }, () => 1) },
          label: `BODY[${'1.'.repeat(31)}1]`,
        },
      ],
    ],
    [`BODY[${'1.'.repeat(32)}1]`, 'BAD The part is too deep'],
    [`(${'UID '.repeat(64)}UID)`, 'BAD The list is too long'],
    ['', 'BAD There is no such thing to fetch'],
  ];
  for (const [text, items] of cases) t.same(itemsOf(text), items, text);
});

t.test('searches', async (t) => {
  const keyOf = (text: string): unknown => {
    const command = parse(`a SEARCH ${text}`);
    return typeof command === 'string' ? command : (command as { search: { key: unknown } }).search.key;
  };
  const seen = { key: 'flag', letter: 'S' };
  const cases: readonly (readonly [text: string, key: unknown])[] = [
    ['ALL', { key: 'all' }],
    ['unseen', { key: 'not', of: seen }],
    ['SEEN 1:2', { key: 'and', all: [seen, { key: 'numbers', set: [{ from: 1, to: 2 }] }] }],
    ['(SEEN)', seen],
    [
      'OR SEEN NOT (SEEN ALL)',
      { key: 'or', either: [seen, { key: 'not', of: { key: 'and', all: [seen, { key: 'all' }] } }] },
    ],
    ['KEYWORD $Forwarded', { key: 'flag', letter: 'P' }],
    ['KEYWORD other', { key: 'none' }],
    ['UNKEYWORD other', { key: 'not', of: { key: 'none' } }],
    ['UID 5', { key: 'uids', set: [{ from: 5, to: 5 }] }],
    ['SUBJECT "a b"', { key: 'header', field: 'subject', text: 'a b' }],
    ['HEADER X-Y ""', { key: 'header', field: 'x-y', text: '' }],
    ['CHARSET utf-8 TEXT J\xc3\xb6rg', { key: 'text', text: 'J\u00f6rg' }],
    ['CHARSET koi8-r TEXT x', 'NO [BADCHARSET (UTF-8)] Say it in UTF-8'],
    ['SINCE 1-feb-2020', { key: 'since', day: 20_200_201 }],
    ['SENTON "29-Feb-2021"', 'BAD There is no such day'],
    ['LARGER 10', { key: 'larger', bytes: 10 }],
    ['LARGER x', 'BAD A number is missing'],
    ['SUBJECT', 'BAD Something is missing'],
    ['NOT', 'BAD Something is missing'],
    ['OR SEEN', 'BAD Something is missing'],
    ['(SEEN', 'BAD Something is missing'],
    ['CONSTRUCTOR', 'BAD There is no such key to search by'],
    [`${'('.repeat(29)}ALL${')'.repeat(29)}`, { key: 'all' }],
    [`${'('.repeat(30)}ALL${')'.repeat(30)}`, 'BAD The search is too large'],
    [`ALL${' ALL'.repeat(500)}`, 'BAD The search is too large'],
    [`SUBJECT ${'x'.repeat(1_025)}`, 'BAD The text is too long'],
  ];
  for (const [text, key] of cases) t.same(keyOf(text), key, text);
  t.equal((keyOf(`ALL${' ALL'.repeat(499)}`) as { all: unknown[] }).all.length, 500);
  const returnsOf = (text: string): unknown =>
    (parse(`a UID SEARCH ${text}`) as { search: { returns: unknown } }).search.returns;
  t.same(returnsOf('ALL'), null);
  t.same(returnsOf('RETURN () ALL'), ['ALL']);
  t.same(returnsOf('RETURN (MIN COUNT SAVE) ALL'), ['MIN', 'COUNT', 'SAVE']);
  t.equal(parse('a SEARCH RETURN (CONTEXT) ALL'), 'BAD There is no such thing to return');
});

t.test('lists', async (t) => {
  const listingOf = (text: string): unknown => {
    const command = parse(`a LIST ${text}`);
    return typeof command === 'string' ? command : (command as { listing: unknown }).listing;
  };
  const none = { reference: '', select: [], returns: [], status: null };
  const cases: readonly (readonly [text: string, listing: unknown])[] = [
    ['"" *', { ...none, patterns: ['*'] }],
    ['"" ""', { ...none, patterns: [''] }],
    ['a. "%.b"', { ...none, reference: 'a.', patterns: ['%.b'] }],
    ['"" (a b%)', { ...none, patterns: ['a', 'b%'] }],
    ['(subscribed) "" *', { ...none, patterns: ['*'], select: ['SUBSCRIBED'] }],
    ['() "" *', { ...none, patterns: ['*'] }],
    [
      '"" % RETURN (CHILDREN STATUS (MESSAGES UNSEEN))',
      { ...none, patterns: ['%'], returns: ['CHILDREN', 'STATUS'], status: ['MESSAGES', 'UNSEEN'] },
    ],
    ['(RECURSIVEMATCH) "" *', 'BAD RECURSIVEMATCH of what?'],
    ['(OTHER) "" *', 'BAD There is no such option'],
    ['""', 'BAD Something is missing'],
    [`"" ${'x'.repeat(513)}`, 'BAD The pattern is too long'],
    ['"" \xc3\xb6', { ...none, patterns: ['\u00f6'] }],
  ];
  for (const [text, listing] of cases) t.same(listingOf(text), listing, text);
  t.same(parse('a LSUB "" *'), { verb: 'LSUB', listing: { ...none, patterns: ['*'] } });
});
