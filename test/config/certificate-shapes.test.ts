import t from 'tap';
import * as z from 'zod';

import { accountsSchema, acmeShape, certificateShapes, selfSignedShape } from '../../src/config/certificate-shapes.ts';
import { withBase } from '../../src/contract/options.ts';

const selfSigned = z.strictObject(selfSignedShape);
const acme = z.strictObject(acmeShape);

/** What becomes of a name in each kind of certificate; null: it is refused. */
function take(name: string): [selfSigned: string | null, acme: string | null] {
  return [
    selfSigned.safeParse({ self_signed: [name] }).data?.self_signed[0] ?? null,
    acme.safeParse({ acme: [name] }).data?.acme[0] ?? null,
  ];
}

const label = 'x'.repeat(63);

t.test('names of certificates', async (t) => {
  for (const [name, own, open] of [
    ['www.example.com', 'www.example.com', 'www.example.com'],
    ['WWW.Example.COM', 'www.example.com', 'www.example.com'],
    ['a.b', 'a.b', 'a.b'],
    ['1.example', '1.example', '1.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
    [`${label}.example`, `${label}.example`, `${label}.example`],
    [`${label}x.example`, null, null],
    [
      `${label}.${label}.${label}.${'x'.repeat(61)}`,
      `${label}.${label}.${label}.${'x'.repeat(61)}`,
      `${label}.${label}.${label}.${'x'.repeat(61)}`,
    ],
    [`${label}.${label}.${label}.${'x'.repeat(62)}`, null, null],
    // For the machines of a house only.
    ['localhost', 'localhost', null],
    ['a_b.example', 'a_b.example', null],
    ['*.example.com', '*.example.com', null],
    ['127.0.0.1', '127.0.0.1', null],
    ['::1', '::1', null],
    ['2001:db8::1', '2001:db8::1', null],
    // For nobody.
    ['', null, null],
    ['a b', null, null],
    ['-a.example', null, null],
    ['a-.example', null, null],
    ['a..b', null, null],
    ['a.example.', null, null],
    ['bücher.example', null, null],
    ['*', null, null],
    ['*.', null, null],
    ['*.com', null, null],
    ['*.*.example.com', null, null],
    ['www.*.example.com', null, null],
    ['*.127.0.0.1', null, null],
    ['1.2.3', null, null],
    ['256.1.1.1', null, null],
    ['127.0.0.1/8', null, null],
    ['fe80::1%eth0', null, null],
    ['[::1]', null, null],
    ['a.example\n', null, null],
    ['../a', null, null],
  ] as const)
    t.same(take(name), [own, open], JSON.stringify(name.slice(0, 40)));
});

t.test('a certificate has one to a hundred names', async (t) => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}.example`);
  for (const [count, isGood] of [
    [0, false],
    [1, true],
    [100, true],
    [101, false],
  ] as const) {
    t.equal(selfSigned.safeParse({ self_signed: names(count) }).success, isGood, `${count}`);
    t.equal(acme.safeParse({ acme: names(count) }).success, isGood, `${count}`);
  }
});

t.test('a public authority: what is not said', async (t) => {
  t.match(acme.parse({ acme: ['a.example'] }), {
    directory: 'https://acme-v02.api.letsencrypt.org/directory',
    challenge: 'http-01',
    listen: { kind: 'tcp', host: '*', port: 80 },
    command: [],
  });
});

t.test('a public authority is asked over TLS, or on this machine', async (t) => {
  const isGood = (directory: string): boolean => acme.safeParse({ acme: ['a.example'], directory }).success;
  for (const directory of [
    'https://acme.example/directory',
    'http://127.0.0.1:14000/dir',
    'http://[::1]/dir',
    'http://localhost:1/',
  ])
    t.equal(isGood(directory), true, directory);
  for (const directory of [
    'http://acme.example/directory',
    'http://localhost.evil.example/',
    'http://127.0.0.1.evil.example/',
    'ftp://acme.example/',
    'https://',
    'https://a b',
    'acme.example',
    `https://${'x'.repeat(2_041)}`,
  ])
    t.equal(isGood(directory), false, directory.slice(0, 60));
});

t.test('mail addresses, challenges and addresses', async (t) => {
  const isGood = (more: object): boolean => acme.safeParse({ acme: ['a.example'], ...more }).success;
  for (const more of [
    { email: 'admin@example.com' },
    { challenge: 'tls-alpn-01' },
    { listen: 'tcp://127.0.0.1:8080' },
    { command: ['/bin/hook', 'x'.repeat(4_096)] },
    { command: [] },
  ])
    t.equal(isGood(more), true, JSON.stringify(more).slice(0, 60));
  for (const more of [
    { email: 'admin' },
    { email: 'a@b,c@d' },
    { email: 'a@b?cc=x y' },
    { challenge: 'dns-01' },
    { listen: 'tls://*:443' },
    { listen: 'unix:/run/acme' },
    { command: '/bin/hook' },
    { command: ['/bin/hook', ''] },
    { command: Array.from({ length: 65 }, () => 'x') },
    { command: ['x'.repeat(4_097)] },
  ])
    t.equal(isGood(more), false, JSON.stringify(more).slice(0, 60));
});

t.test('what tells the kinds apart', async (t) => {
  t.same(Object.keys(certificateShapes), ['cert', 'self_signed', 'acme']);
  for (const [member, shape] of Object.entries(certificateShapes)) t.ok(member in shape, member);
});

t.test('where accounts are', async (t) => {
  const parse = (given: unknown): unknown => withBase('/etc', () => accountsSchema.safeParse(given).data);
  for (const [given, expected] of [
    [undefined, undefined],
    ['./accounts.yaml', [{ kind: 'file', path: '/etc/accounts.yaml' }]],
    ['/srv/.htpasswd', [{ kind: 'htpasswd', path: '/srv/.htpasswd' }]],
    ['./site.htpasswd.txt', [{ kind: 'htpasswd', path: '/etc/site.htpasswd.txt' }]],
    ['./htpasswd/accounts.yaml', [{ kind: 'file', path: '/etc/htpasswd/accounts.yaml' }]],
    [{ htpasswd: './users' }, [{ kind: 'htpasswd', path: '/etc/users' }]],
    [{ sqlite: './a.db' }, [{ kind: 'sqlite', path: '/etc/a.db' }]],
    [
      ['./a', { sqlite: './b' }],
      [
        { kind: 'file', path: '/etc/a' },
        { kind: 'sqlite', path: '/etc/b' },
      ],
    ],
    [[], []],
  ] as const)
    t.same(parse(given), expected, JSON.stringify(given));
  for (const given of [
    null,
    5,
    {},
    { sql: './a' },
    { sqlite: './a', htpasswd: './b' },
    [['./a']],
    '',
    Array.from({ length: 33 }, () => './a'),
  ])
    t.equal(accountsSchema.safeParse(given).success, false, JSON.stringify(given).slice(0, 60));
});
