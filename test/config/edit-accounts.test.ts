import t from 'tap';

import type { AccountEdit } from '../../src/config/account-splice.ts';
import { editAccounts } from '../../src/config/edit-accounts.ts';

const hash = '$argon2id$v=19$m=8,t=1,p=1$SALT$HASH';
const key = 'ssh-ed25519 AAAA a@b';
const add = (name: string): AccountEdit => ({ kind: 'add', name, password: hash });
const password = (name: string): AccountEdit => ({ kind: 'password', name, password: hash });
const remove = (name: string): AccountEdit => ({ kind: 'remove', name });
const addKey = (name: string, text = key): AccountEdit => ({ kind: 'key', name, key: text });

const people = `# People
alice:   # from sales
    password: $old   # since 2020
    keys:
      - ssh-rsa AAAA  # old laptop
      - ssh-rsa BBBB   # new one

    home:    ./x


# Bob
bob: { home: y,   services: [ftp] }
carol:
    quota: 1GB
    keys: [ssh-rsa CCCC]   # flow
dan: {}
`;

/** The text before, and what is there after. */
const edits: readonly (readonly [what: string, before: string, edit: AccountEdit, after: string])[] = [
  ['the first', '', add('eve'), `eve:\n  password: ${hash}\n`],
  ['after a comment without an end', '# us', add('eve'), `# us\neve:\n  password: ${hash}\n`],
  ['at the end, as deep as the others', people, add('eve'), `${people}eve:\n    password: ${hash}\n`],
  ['with the line ends of the others', 'a: {}\r\n', add('eve'), `a: {}\r\neve:\r\n  password: ${hash}\r\n`],
  ['in a map that is indented', '  a: {}\n', add('eve'), `  a: {}\n  eve:\n    password: ${hash}\n`],
  ['a name that is a number', '', add('007'), `"007":\n  password: ${hash}\n`],
  ['a name that is nothing', '', add('null'), `"null":\n  password: ${hash}\n`],
  ['in a flow map', '{}\n', add('eve'), `{eve: {password: "${hash}"}}\n`],
  ['before the end of the document', '---\na: {}\n...\n', add('eve'), `---\na: {}\neve:\n  password: ${hash}\n...\n`],

  ['a password in its place', people, password('alice'), people.replace('$old', hash)],
  ['into a flow map', people, password('bob'), people.replace('home: y', `password: "${hash}", home: y`)],
  ['as the last of the others', people, password('carol'), people.replace('flow\n', `flow\n    password: ${hash}\n`)],
  ['into an empty map', people, password('dan'), people.replace('dan: {}', `dan: {password: "${hash}"}`)],
  ['where one was quoted', 'a: { password: "$old" }\n', password('a'), `a: { password: "${hash}" }\n`],
  ['where one came from elsewhere', 'a: { password: "${A}" }\n', password('a'), `a: { password: "${hash}" }\n`],
  [
    'and others stay as they are',
    'a: {password: x}\nb: {home: [${A}, ${B:-c d}]}\n',
    password('a'),
    `a: {password: "${hash}"}\nb: {home: [\${A}, \${B:-c d}]}\n`,
  ],
  ['at the end without a newline', 'a:\n  home: x', password('a'), `a:\n  home: x\n  password: ${hash}\n`],
  [
    'over several lines',
    'a:\n  password: |-\n    $old\n  home: x\n',
    password('a'),
    `a:\n  password: |-\n    ${hash}\n  home: x\n`,
  ],

  ['a key after the others', people, addKey('alice'), people.replace('new one\n', `new one\n      - ${key}\n`)],
  ['after the others in a flow list', people, addKey('carol'), people.replace('CCCC]', `CCCC, ${key}]`)],
  ['the first key', people, addKey('dan'), people.replace('{}', `{keys: [${key}]}`)],
  [
    'the first one of an account that has other things',
    'a:\n  home: x # y\nb: {}\n',
    addKey('a'),
    `a:\n  home: x # y\n  keys: [${key}]\nb: {}\n`,
  ],
  ['in an empty list', 'a: {keys: []}\n', addKey('a'), `a: {keys: [${key}]}\n`],
  ['with a comment that YAML would misread', 'a: {}\n', addKey('a', `${key}: [x`), `a: {keys: ["${key}: [x"]}\n`],

  [
    'the first is removed',
    people,
    remove('alice'),
    people.replace(/alice:[^]*BBBB.*\n/, '').replace('\n    home:    ./x\n', ''),
  ],
  ['one in the middle', people, remove('carol'), people.replace(/carol:[^]*flow\n/, '')],
  ['the last', people, remove('dan'), people.replace('dan: {}\n', '')],
  ['the only one', '# us\na: {}\n', remove('a'), '# us\n'],
  ['one in a flow map', '{a: {}, b: {}}\n', remove('a'), '{b: {}}\n'],
];

t.test('changes one thing', async (t) => {
  for (const [what, before, edit, after] of edits) t.equal(editAccounts(before, edit), after, `${edit.kind}: ${what}`);
});

t.test('what has to be changed by hand', async (t) => {
  for (const [what, text, edit] of [
    ['an alias', 'a: &x {home: y}\nb: *x\n', password('b')],
    ['what others are aliases of', 'a: &x {home: y}\nb: *x\n', remove('a')],
    ['a change that would be one of others', 'a: &x {home: y}\nb: *x\n', password('a')],
    ['keys that are merged in', 'a: &x {keys: [k]}\nb: {<<: *x}\n', addKey('b')],
  ] as const) {
    const message = `the account "${edit.name}" is written in a way that has to be changed by hand`;
    t.throws(() => editAccounts(text, edit), { name: 'NotEditable', message }, what);
  }
  t.throws(() => editAccounts('a: {', add('b')), { name: 'NotEditable', message: 'the file is not YAML' });
});
