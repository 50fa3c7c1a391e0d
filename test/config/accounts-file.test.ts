import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { accountsLimits, readAccountsFile } from '../../src/config/accounts-file.ts';
import { formatMistake, renderMistakes } from '../../src/config/mistakes.ts';
import { permissions } from '../../src/contract/account.ts';
import { publicKeys } from '../wire/public-keys.ts';

const hash = '$argon2id$v=19$m=19456,t=2,p=1$eMgOy430u0KdQMb3baePjw$SKmEIiX/4Jq0gYjJMfzqdnAyBwyZYnpmIwyyN0zmXds';
const bcrypt = '$2y$05$3JqzA8EDYuK9H3l1Ntp9FOcaNx3vBLaPKNHcTcJ92AEmbwluHa0WW';

interface Read {
  readonly records: ReturnType<typeof readAccountsFile>['records'];
  readonly mistakes: readonly string[];
  /** As people see them, with excerpts. */
  readonly shown: string;
  readonly isMissing: boolean;
}

function read(t: Test, text: string | Buffer | null, env: Readonly<Record<string, string>> = {}): Read {
  const folder = t.testdir({ secrets: { alice: `${hash}\n` } });
  const path = join(folder, 'accounts.yaml');
  if (text !== null) fs.writeFileSync(path, text);
  const { records, mistakes, isMissing } = readAccountsFile(path, { state: '/state', env });
  const list = mistakes?.mistakes ?? [];
  const shown = renderMistakes(list, () => t.fail('the file itself is read') as never);
  const short = (message: string): string => message.replaceAll(`${folder}/`, '');
  return {
    records: JSON.parse(JSON.stringify(records).replaceAll(folder, '@')) as Read['records'],
    mistakes: list.map((mistake) => short(formatMistake(mistake))),
    shown: short(shown),
    isMissing,
  };
}

t.test('accounts', async (t) => {
  const { records, mistakes } = read(
    t,
    `alice:
  password: ${hash}
  keys: [${publicKeys.ed25519} alice@laptop, ${publicKeys.ed25519}]
  home: ./homes/alice
  services: [ftp, sftp, mail]
  permissions: [write, read]
  quota: 1GB
  mail: [alice@example.com, "grüße@müller.example"]
bob: { password: "${bcrypt}" }
123: {}
`,
  );
  t.same(mistakes, []);
  t.strictSame(records, [
    {
      name: 'alice',
      password: hash,
      keys: [publicKeys.ed25519],
      home: '@/homes/alice',
      services: ['ftp', 'sftp', 'mail'],
      permissions: ['read', 'write'],
      quota: 1_073_741_824,
      mail: ['alice@example.com', 'grüße@müller.example'],
    },
    {
      name: 'bob',
      password: bcrypt,
      keys: [],
      home: '/state/home/bob',
      services: null,
      permissions: [...permissions],
      quota: null,
      mail: [],
    },
    {
      name: '123',
      password: null,
      keys: [],
      home: '/state/home/123',
      services: null,
      permissions: [...permissions],
      quota: null,
      mail: [],
    },
  ]);
});

t.test('none, or none yet', async (t) => {
  for (const [what, text] of [
    ['an empty file', ''],
    ['comments', '# nobody\n'],
    ['an empty map', '{}'],
  ] as const) {
    t.match(read(t, text), { records: [], mistakes: [], isMissing: false }, what);
  }
  t.match(read(t, null), { records: [], mistakes: [], isMissing: true }, 'no file');
});

t.test('placeholders, aliases and merged maps', async (t) => {
  const text = `
alice: { password: "\${ALICE}" }
bob: { password: "\${file:secrets/alice}" }
carol: &staff { services: [ftp] }
dan: { <<: *staff, quota: 1KB }
`;
  const { records, mistakes } = read(t, text, { ALICE: bcrypt });
  t.same(mistakes, []);
  t.match(records, [
    { password: bcrypt },
    { password: hash },
    { name: 'carol', services: ['ftp'], quota: null },
    { name: 'dan', services: ['ftp'], quota: 1024 },
  ]);
});

const hint = 'set a new password with "portico user password NAME", or make a hash with "portico hash-password"';
const nameRule =
  'expected a name of 1 to 64 letters, digits, "_", ".", "@", "+" and "-", the first a letter, a digit or "_"';

const wrong: readonly (readonly [text: string, ...mistakes: string[]])[] = [
  ['[alice]\n', '1:1: expected a map of accounts, each below its name'],
  ['hunter2\n', '1:1: expected a map of accounts, each below its name'],
  ['alice: hunter2\n', '1:8: alice: expected a map, got a text'],
  ['alice: [hunter2]\n', '1:8: alice: expected a map, got a list'],
  [
    'alice: { password: hunter2 }\n',
    `1:20: alice.password: expected a password hash that begins with $argon2id$, $scrypt$, $2b$, $5$, $6$ or $y$: ${hint}`,
  ],
  [
    'alice: { password: [hunter2] }\n',
    '1:20: alice.password: expected a password hash such as "$argon2id$…" (portico hash-password makes one), got something else',
  ],
  [
    'alice: { password: 12345678 }\n',
    '1:20: alice.password: expected a password hash such as "$argon2id$…" (portico hash-password makes one), got something else',
  ],
  [
    'alice: { password: }\n',
    '1:10: alice.password: expected a password hash such as "$argon2id$…" (portico hash-password makes one), got nothing',
  ],
  ['alice: { password: $apr1$x$hunter2 }\n', `1:20: alice.password: Apache's MD5 ($apr1$) is too weak: ${hint}`],
  ['alice: { pasword: hunter2 }\n', '1:10: alice.pasword: unknown key "pasword", did you mean "password"?'],
  [
    'alice: { qota: 1GB, x: hunter2 }\n',
    '1:10: alice.qota: unknown key "qota", did you mean "quota"?',
    '1:21: alice.x: unknown key "x"',
  ],
  ['alice: { quota: lots }\n', '1:17: alice.quota: expected a size such as "25MB", got "lots"'],
  ['alice: { home: [] }\n', '1:16: alice.home: expected a path, got a list'],
  ['alice: { services: ftp }\n', '1:20: alice.services: expected a list, got "ftp": a list of one is [ftp]'],
  ['alice: { services: ["a,b"] }\n', '1:21: alice.services[0]: expected the name or type of a service, got "a,b"'],
  [
    'alice: { permissions: [raed] }\n',
    '1:24: alice.permissions[0]: expected "list", "read", "write", "delete", "rename" or "mkdir", got "raed", did you mean "read"?',
  ],
  [
    'alice: { mail: [alice] }\n',
    '1:17: alice.mail[0]: expected a mail address such as "alice@example.com", got "alice"',
  ],
  [
    'alice: { mail: ["a b@c.de"] }\n',
    '1:17: alice.mail[0]: expected a mail address such as "alice@example.com", got "a b@c.de"',
  ],
  [
    'alice: { keys: [hunter2] }\n',
    '1:17: alice.keys[0]: expected a public key such as "ssh-ed25519 AAAA… alice@laptop"',
  ],
  [
    'alice: { keys: ["no-pty ssh-rsa AAAA"] }\n',
    '1:17: alice.keys[0]: expected a public key without options before its type',
  ],
  [
    'alice: { keys: [{}] }\n',
    '1:17: alice.keys[0]: expected a public key such as "ssh-ed25519 AAAA… alice@laptop", got something else',
  ],
  ['alice: {}\nbob: {}\nalice: {}\n', '3:1: alice: duplicate key "alice", first on line 1'],
  [
    'alice: { mail: [a@b.de, x@b.de] }\nbob:\n  mail: [c@d.de, X@B.DE]\n',
    '3:18: bob.mail[1]: "X@B.DE" is of the account "alice" (line 1) already',
  ],
  ['a b: {}\n', `1:1: a b: ${nameRule}, got "a b"`],
  ['../alice: {}\n', `1:1: ../alice: ${nameRule}, got "../alice"`],
  ['".": {}\n', `1:1: .: ${nameRule}, got "."`],
  [`${'x'.repeat(65)}: {}\n`, `1:1: ${'x'.repeat(65)}: ${nameRule}, got "${'x'.repeat(60)}…"`],
  ['null: {}\n', '1:1: expected a text as key'],
  ['__proto__: {}\n', '1:1: expected a text as key'],
];

t.test('mistakes, each with its place', async (t) => {
  for (const [text, ...expected] of wrong) {
    const { mistakes, records, shown } = read(t, text);
    t.strictSame(
      mistakes,
      expected.map((mistake) => `accounts.yaml:${mistake}`),
      text,
    );
    t.same(records, []);
    t.notMatch(shown, 'hunter2', text);
  }
});

t.test('what the parser has to say shows no password either', async (t) => {
  for (const [text, expected] of [
    ['alice:\n\tpassword: hunter2\n', '2:1: YAML is indented with spaces, not with tabs'],
    ['alice: { password: *hunter2 }\n', '1:20: there is no anchor of this name before'],
    ['alice: { password: !hunter2 x }\n', '1:20: this is not YAML: unresolved tag'],
    ['alice: { password: @hunter2 }\n', '1:20: this is not YAML: plain value cannot start with reserved character'],
    ['alice: { password: "\\hunter2" }\n', '1:21: this is not YAML: invalid escape sequence'],
    ['alice: { password: "${hunter2 }\n', '2:1: this is not YAML: missing closing'],
    [
      'alice: { password: "${no hunter2}" }\n',
      '1:20: alice.password: expected "${NAME}", "${NAME:-fallback}" or "${file:PATH}"',
    ],
    ['alice: { password: "${ALICE}" }\n', '1:20: alice.password: the environment variable ALICE is not set'],
    ['alice: {}\n---\nhunter2: {}\n', '2:1: expected one YAML document, got a second one'],
  ] as const) {
    const { mistakes, shown } = read(t, text);
    t.equal(mistakes[0], `accounts.yaml:${expected}`, text);
    t.notMatch(shown, 'hunter2', text);
  }
});

t.test('excerpts end before what may be secret', async (t) => {
  const { shown } = read(
    t,
    `alice:
  password: ${hash}
  qouta: 1GB   # hunter2
  mail: [alice]
  permissions: [raed]   # hunter2
bob: { quota: 1, password: hunter2, mial: [x] }
`,
  );
  t.equal(
    shown,
    [
      'accounts.yaml:3:3: alice.qouta: unknown key "qouta", did you mean "quota"?',
      '   2 |   password: …',
      ' > 3 |   qouta: …',
      '     |   ^^^^^',
      '',
      'accounts.yaml:4:10: alice.mail[0]: expected a mail address such as "alice@example.com", got "alice"',
      '   3 |   qouta: …',
      ' > 4 |   mail: [alice]',
      '     |          ^^^^^',
      '',
      'accounts.yaml:5:17: alice.permissions[0]: expected "list", "read", "write", "delete", "rename" or "mkdir", got "raed", did you mean "read"?',
      '   4 |   mail: [alice]',
      ' > 5 |   permissions: [raed]  …',
      '     |                 ^^^^',
      '',
      'accounts.yaml:6:15: bob.quota: expected a size such as "25MB", got 1',
      '   5 |   permissions: [raed]  …',
      ' > 6 | bob: { quota: 1, password: …',
      '     |               ^',
      '',
      'accounts.yaml:6:28: bob.password: expected a password hash that begins with $argon2id$, $scrypt$, $2b$, $5$, $6$ or $y$: set a new password with "portico user password NAME", or make a hash with "portico hash-password"',
      '   5 |   permissions: [raed]  …',
      ' > 6 | bob: { quota: 1, password: …',
      '     |                            ^',
      '',
      'accounts.yaml:6:37: bob.mial: unknown key "mial", did you mean "mail"?',
      '',
    ].join('\n'),
  );
  t.notMatch(
    read(t, 'alice:\n  password: |\n    hunter2\n    hunter2\n  qota: 1GB\n').shown,
    'hunter2',
    'over several lines',
  );
});

t.test('files that are none', async (t) => {
  t.same(read(t, Buffer.from([0x61, 0xff, 0xfe])).mistakes, ['accounts.yaml:1:2: the file is not UTF-8 text']);
  t.same(read(t, 'hunter2\0').mistakes, ['accounts.yaml:1:8: the file contains the control character U+0000']);
  t.notMatch(read(t, 'hunter2\0').shown, 'hunter2');
  const folder = t.testdir({ 'accounts.yaml': {} });
  const { mistakes, isMissing } = readAccountsFile(join(folder, 'accounts.yaml'), { state: '/state' });
  t.match(mistakes?.mistakes, [{ line: 1, column: 1, message: 'cannot read the file: it is a folder' }]);
  t.notOk(isMissing);
});

t.test('sizes, at the limit and past it', async (t) => {
  const padded = (bytes: number): string => 'alice: {}\n'.padEnd(bytes, '#');
  t.same(accountsLimits.maxBytes, 16 * 1024 * 1024);
  t.same(read(t, padded(accountsLimits.maxBytes)).mistakes, []);
  t.same(read(t, padded(accountsLimits.maxBytes + 1)).mistakes, [
    'accounts.yaml:1:1: cannot read the file: the file is larger than 16MB',
  ]);
  const many = (count: number): string => Array.from({ length: count }, (_, index) => `a${index}: {}\n`).join('');
  t.equal(read(t, many(100_000)).records.length, 100_000);
  t.same(read(t, many(100_001)).mistakes, ['accounts.yaml:1:1: expected at most 100000 accounts, got 100001']);
  const keys = (count: number): string =>
    `alice: { mail: [${Array.from({ length: count }, (_, i) => `a${i}@b.de`).join(',')}] }`;
  t.same(read(t, keys(1000)).mistakes, []);
  t.same(read(t, keys(1001)).mistakes, ['accounts.yaml:1:16: alice.mail: expected at most 1000 items, got 1001']);
});
