import t from 'tap';

import { writeJson } from '../../../src/wire/json-rpc/write.ts';
import { maxWrittenLength } from '../../../src/wire/xmlrpc/write.ts';

t.test('each value', async (t) => {
  const cases: readonly (readonly [value: unknown, json: string])[] = [
    [1.5, '1.5'],
    [2n ** 63n, '9223372036854775808'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'null'],
    ['a"\n\0\ud800', String.raw`"a\"\n\u0000\ud800"`],
    [new Date('1998-07-17T14:14:55Z'), '"1998-07-17T14:14:55.000Z"'],
    [Buffer.from('hi'), '"aGk="'],
    [[1, [undefined]], '[1,[null]]'],
    [[''], '[""]'],
    [{ a: 1, gone: undefined, '"': {} }, String.raw`{"a":1,"\"":{}}`],
  ];
  for (const [value, json] of cases) t.equal(writeJson(value), json);
});

t.test('says what it cannot send', async (t) => {
  const circle: unknown[] = [];
  circle.push(circle);
  const part = 'x'.repeat(maxWrittenLength / 4);
  const cases: readonly unknown[] = [
    Number.NaN,
    () => 1,
    Symbol('x'),
    new Map(),
    new Date(Number.NaN),
    circle,
    [part, part, part, part],
    { a: part, b: part, c: part, d: part },
  ];
  for (const value of cases) t.throws(() => writeJson(value), { name: 'RangeError' });
});
