import t from 'tap';

import { readJson } from '../../../src/wire/json-rpc/read.ts';

t.test('values', async (t) => {
  t.strictSame(readJson('[1,-1.5,"é",true,null,[]]'), [1, -1.5, 'é', true, null, []]);
  const object = readJson('{"__proto__":{"polluted":1},"a":1}') as Record<string, unknown>;
  t.equal(Object.getPrototypeOf(object), null);
  t.same(Object.keys(object), ['__proto__', 'a']);
});

t.test('integers keep all their digits', async (t) => {
  t.strictSame(readJson('[9007199254740991, 9007199254740993, -12345678901234567890, 1234567890123456.5]'), [
    9007199254740991,
    9007199254740993n,
    -12345678901234567890n,
    1234567890123456.5,
  ]);
  t.equal(readJson('1'.repeat(64)), BigInt('1'.repeat(64)));
  t.throws(() => readJson('1'.repeat(65)), { name: 'RangeError', message: 'a number is too large' });
  t.throws(() => readJson('1e400'), { name: 'RangeError' });
});

t.test('limits', async (t) => {
  const limits = { depth: 2, values: 4 };
  t.doesNotThrow(() => readJson('[[1,2]]', limits));
  t.throws(() => readJson('[[1,2,3]]', limits), { message: 'there are more than 4 values' });
  t.throws(() => readJson('[[[]]]', limits), { message: 'values stand more than 2 deep in each other' });
  t.throws(() => readJson('{"a":{"a":{}}}', limits), { message: 'values stand more than 2 deep in each other' });
  t.throws(() => readJson('['.repeat(100_000) + ']'.repeat(100_000)), { name: 'RangeError' });
});

t.test('what is no JSON', async (t) => {
  for (const text of ['', '{', "{'a':1}", '[1,]', 'NaN', '01']) t.throws(() => readJson(text), { name: 'SyntaxError' });
});
