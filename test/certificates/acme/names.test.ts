import t from 'tap';

import { identifiersOf, serverNameOf } from '../../../src/certificates/acme/names.ts';

const label = 'a'.repeat(63);

t.test('names as orders have them', async (t) => {
  const cases = [
    ['a.example', 'dns', 'a.example'],
    ['A.Example.', 'dns', 'a.example'],
    ['localhost', 'dns', 'localhost'],
    ['bücher.example', 'dns', 'xn--bcher-kva.example'],
    [`${label}.example`, 'dns', `${label}.example`],
    ['1.2.example', 'dns', '1.2.example'],
    ['192.0.2.1', 'ip', '192.0.2.1'],
    ['2001:DB8:0:0::1', 'ip', '2001:db8::1'],
    ['::', 'ip', '::'],
  ] as const;
  for (const [name, type, value] of cases) t.same(identifiersOf([name]), [{ type, value }], name);
});

t.test('names that cannot be ordered', async (t) => {
  const wrong = [
    '',
    '.',
    '.example',
    'a..example',
    '-a.example',
    'a-.example',
    'a_b.example',
    'a b.example',
    'a.example/x',
    'a.example:80',
    `${label}a.example`,
    `${`${label}.`.repeat(4)}example`,
    '1.2.3',
    'fe80::1%eth0',
    'a\n.example',
  ];
  for (const name of wrong) t.throws(() => identifiersOf([name]), { name: 'AcmeError' }, JSON.stringify(name));
  t.throws(() => identifiersOf(['a\u001b.example']), {
    message: '"a\\\\x1b.example" is no name that a certificate can be issued for',
  });
  t.throws(() => identifiersOf(['*.example']), {
    message: /^"\*\.example": certificates for wildcards need proof by DNS/,
  });
});

t.test('each once, in order, a hundred at most', async (t) => {
  t.same(identifiersOf(['b.example', 'a.example', 'B.example']), [
    { type: 'dns', value: 'b.example' },
    { type: 'dns', value: 'a.example' },
  ]);
  const names = Array.from({ length: 101 }, (_, index) => `${index}.example`);
  t.equal(identifiersOf(names.slice(1)).length, 100);
  t.throws(() => identifiersOf(names), { message: 'a certificate can have at most 100 names, these are 101' });
  t.throws(() => identifiersOf([]), { message: 'a certificate needs at least one name' });
});

t.test('what is asked for in TLS', async (t) => {
  const nameFor = (name: string): readonly string[] => identifiersOf([name]).map(serverNameOf);
  t.same(nameFor('a.example'), ['a.example']);
  t.same(nameFor('192.0.2.1'), ['1.2.0.192.in-addr.arpa']);
  const zeros = (count: number): string => '0.'.repeat(count);
  t.same(nameFor('2001:db8::1'), [`1.${zeros(23)}8.b.d.0.1.0.0.2.ip6.arpa`]);
  t.same(nameFor('::'), [`${zeros(32)}ip6.arpa`]);
  t.same(nameFor('1:2:3:4:5:6:7:8'), ['8.0.0.0.7.0.0.0.6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.ip6.arpa']);
});
