import t from 'tap';

import { numberedNames } from '../../src/deliveries/numbered-names.ts';

t.test('the name, 98 numbers, and the id', async (t) => {
  const names = [...numberedNames('a.b.pdf', 'abc')];
  t.same(names.slice(0, 3), ['a.b.pdf', 'a.b-2.pdf', 'a.b-3.pdf']);
  t.same(names.slice(98, 101), ['a.b-99.pdf', 'a.b-abc.pdf', 'a.b-abc-2.pdf']);
  t.equal(new Set(names).size, names.length);
});

const table: readonly (readonly [name: string, second: string])[] = [
  ['README', 'README-2'],
  ['a.tar.gz', 'a.tar-2.gz'],
  ['_.htaccess', '_-2.htaccess'],
  ['a.', 'a.-2'],
  [`${'x'.repeat(251)}.pdf`, `${'x'.repeat(249)}-2.pdf`],
  ['ü'.repeat(127), `${'ü'.repeat(126)}-2`],
];

t.test('each fits into a folder, and has kept its extension', async (t) => {
  for (const [name, second] of table) {
    const names = [...numberedNames(name, 'abc')];
    t.equal(names[1], second);
    t.ok(names.every((each) => Buffer.byteLength(each) <= 255));
  }
});
