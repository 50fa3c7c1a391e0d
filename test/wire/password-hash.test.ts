import t from 'tap';

import { encodePhc, parsePasswordHash } from '../../src/wire/password-hash.ts';

const salt = Buffer.from('saltsalt');
const digest = Buffer.alloc(32, 7);
const b64 = encodePhc;
const tail = `$${b64(salt)}$${b64(digest)}`;
const bcryptOf = (start: string): string => `${start}${'a'.repeat(53)}`;
const shaOf = (start: string, digits: number): string => `${start}saltsalt$${'b'.repeat(digits)}`;
const yescryptOf = (parameters: string): string => `$y$${parameters}$saltsalt$${'c'.repeat(43)}`;

t.test('takes apart', async (t) => {
  for (const [text, expected] of [
    [
      `$argon2id$v=19$m=19456,t=2,p=1${tail}`,
      { kind: 'argon2id', memory: 19_456, passes: 2, parallelism: 1, salt, digest },
    ],
    [`$scrypt$ln=15,r=8,p=1${tail}`, { kind: 'scrypt', cost: 32_768, blockSize: 8, parallelism: 1, salt, digest }],
    [bcryptOf('$2b$10$'), { kind: 'crypt', setting: `$2b$10$${'a'.repeat(22)}`, digest: 'a'.repeat(31) }],
    [shaOf('$5$', 43), { kind: 'crypt', setting: '$5$saltsalt$', digest: 'b'.repeat(43) }],
    [shaOf('$6$rounds=5000$', 86), { kind: 'crypt', setting: '$6$rounds=5000$saltsalt$', digest: 'b'.repeat(86) }],
    [yescryptOf('j9T'), { kind: 'crypt', setting: '$y$j9T$saltsalt$', digest: 'c'.repeat(43) }],
  ] as const) {
    t.strictSame(parsePasswordHash(text), expected, text);
  }
});

const taken: readonly string[] = [
  // Each at its limit.
  `$argon2id$v=19$m=8,t=1,p=1${tail}`,
  `$argon2id$v=19$m=262144,t=16,p=16${tail}`,
  `$argon2id$v=19$m=8,t=1,p=1$${b64(Buffer.alloc(64))}$${b64(Buffer.alloc(64))}`,
  `$argon2id$v=19$m=8,t=1,p=1$${b64(Buffer.alloc(8))}$${b64(Buffer.alloc(16))}`,
  `$scrypt$ln=1,r=1,p=16${tail}`,
  `$scrypt$ln=18,r=8,p=4${tail}`,
  `$scrypt$ln=16,r=32,p=1${tail}`,
  bcryptOf('$2a$04$'),
  bcryptOf('$2y$14$'),
  shaOf('$5$rounds=1000$', 43),
  shaOf('$6$rounds=1000000$', 86),
  yescryptOf('jDT'),
  yescryptOf('jF5'),
  `$gy$j9T$saltsalt$${'c'.repeat(43)}`,
];

t.test('takes what is at a limit', async (t) => {
  for (const text of taken) t.ok(parsePasswordHash(text), text);
});

const hint = ': set a new password with "portico user password NAME", or make a hash with "portico hash-password"';
const unknown = `expected a password hash that begins with $argon2id$, $scrypt$, $2b$, $5$, $6$ or $y$${hint}`;
const argon2Form = 'expected an argon2id hash of the form "$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH"';
const scryptForm = 'expected a scrypt hash of the form "$scrypt$ln=15,r=8,p=1$SALT$HASH"';
const yescryptForm = 'expected a yescrypt hash of the form "$y$j9T$SALT$HASH"';
const bcryptForm = 'expected a bcrypt hash of the form "$2b$10$…", 60 characters';

const refused: readonly (readonly [text: string, message: string])[] = [
  ['', unknown],
  ['hunter2', unknown],
  ['$hunter2', unknown],
  ['$toString$hunter2', unknown],
  ['x'.repeat(513), 'expected a password hash of at most 512 characters'],
  // Of other days.
  [`$argon2i$v=19$m=19456,t=2,p=1${tail}`, `$argon2i$ is not taken, $argon2id$ is${hint}`],
  [`$argon2d$v=19$m=19456,t=2,p=1${tail}`, `$argon2d$ is not taken, $argon2id$ is${hint}`],
  ['$1$saltsalt$hunter2hunter2hunter2', `MD5-crypt ($1$) is too weak${hint}`],
  ['$apr1$saltsalt$hunter2hunter2hunter2', `Apache's MD5 ($apr1$) is too weak${hint}`],
  ['{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=', `{SHA} is too weak${hint}`],
  ['ab12345678901', `DES-crypt is too weak${hint}`],
  ['$7$CU..../....saltsalt$hunter2', `$7$ is not taken, the PHC string $scrypt$ is${hint}`],
  [bcryptOf('$2x$10$'), `$2x$ marks hashes of a faulty bcrypt${hint}`],
  // argon2id.
  [`$argon2id$m=19456,t=2,p=1${tail}`, argon2Form],
  [`$argon2id$v=16$m=19456,t=2,p=1${tail}`, argon2Form],
  [`$argon2id$v=19$t=2,m=19456,p=1${tail}`, argon2Form],
  [`$argon2id$v=19$m=19456,t=2,p=1,keyid=AA${tail}`, argon2Form],
  [`$argon2id$v=19$m=19456,t=2,p=1$${b64(salt)}`, argon2Form],
  [`$argon2id$v=19$m=-1,t=2,p=1${tail}`, argon2Form],
  [`$argon2id$v=19$m=19456,t=2,p=1${tail}$`, argon2Form],
  [`$argon2id$v=19$m=7,t=1,p=1${tail}`, 'expected argon2id with m from 8 to 262144'],
  [`$argon2id$v=19$m=15,t=1,p=2${tail}`, 'expected argon2id with m from 16 to 262144'],
  [`$argon2id$v=19$m=262145,t=1,p=1${tail}`, 'expected argon2id with m from 8 to 262144'],
  [`$argon2id$v=19$m=019456,t=2,p=1${tail}`, 'expected argon2id with m from 8 to 262144'],
  [`$argon2id$v=19$m=19456,t=0,p=1${tail}`, 'expected argon2id with t from 1 to 16'],
  [`$argon2id$v=19$m=19456,t=17,p=1${tail}`, 'expected argon2id with t from 1 to 16'],
  [`$argon2id$v=19$m=19456,t=2,p=17${tail}`, 'expected argon2id with p from 1 to 16'],
  [
    `$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ=$${b64(digest)}`,
    'expected argon2id with a salt of 8 to 64 bytes in base64 without "="',
  ],
  [
    `$argon2id$v=19$m=19456,t=2,p=1$${b64(Buffer.alloc(7))}$${b64(digest)}`,
    'expected argon2id with a salt of 8 to 64 bytes in base64 without "="',
  ],
  [
    `$argon2id$v=19$m=19456,t=2,p=1$${b64(salt)}$${b64(Buffer.alloc(15))}`,
    'expected argon2id with a hash of 16 to 64 bytes in base64 without "="',
  ],
  [
    `$argon2id$v=19$m=19456,t=2,p=1$${b64(salt)}$${b64(Buffer.alloc(65))}`,
    'expected argon2id with a hash of 16 to 64 bytes in base64 without "="',
  ],
  [
    `$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHR$${b64(digest)}`,
    'expected argon2id with a salt of 8 to 64 bytes in base64 without "="',
  ],
  // scrypt.
  [`$scrypt$n=32768,r=8,p=1${tail}`, scryptForm],
  [`$scrypt$ln=0,r=8,p=1${tail}`, 'expected scrypt with ln from 1 to 20'],
  [`$scrypt$ln=21,r=1,p=1${tail}`, 'expected scrypt with ln from 1 to 20'],
  [`$scrypt$ln=15,r=33,p=1${tail}`, 'expected scrypt with r from 1 to 32'],
  [`$scrypt$ln=15,r=8,p=17${tail}`, 'expected scrypt with p from 1 to 16'],
  [`$scrypt$ln=19,r=8,p=1${tail}`, 'expected scrypt that takes at most 256MB'],
  [`$scrypt$ln=18,r=8,p=5${tail}`, 'expected scrypt that takes at most four times the work of 256MB'],
  // crypt(3).
  [bcryptOf('$2b$03$'), 'expected bcrypt with a cost from 4 to 14'],
  [bcryptOf('$2b$15$'), 'expected bcrypt with a cost from 4 to 14'],
  [bcryptOf('$2b$5$'), bcryptForm],
  [`${bcryptOf('$2b$10$')}a`, bcryptForm],
  [shaOf('$5$', 42), 'expected a hash of the form "$5$SALT$HASH" with 43 characters of HASH'],
  [shaOf('$6$', 43), 'expected a hash of the form "$6$SALT$HASH" with 86 characters of HASH'],
  [shaOf('$6$rounds=999$', 86), 'expected $6$ with rounds from 1000 to 1000000'],
  [shaOf('$6$rounds=1000001$', 86), 'expected $6$ with rounds from 1000 to 1000000'],
  [shaOf('$5$seventeencharacte', 43), 'expected a hash of the form "$5$SALT$HASH" with 43 characters of HASH'],
  [yescryptOf('jET'), 'expected yescrypt that takes at most 256MB'],
  [yescryptOf('jG5'), 'expected yescrypt that takes at most 256MB'],
  [yescryptOf('/9T'), yescryptForm],
  [yescryptOf('j9T.'), yescryptForm],
  [yescryptOf('jzT'), yescryptForm],
];

t.test('refuses, and says what it would take without repeating what it got', async (t) => {
  for (const [text, message] of refused) {
    t.throws(() => parsePasswordHash(text), { name: 'OptionError', message }, text);
    t.notMatch(message, 'hunter2');
  }
});
