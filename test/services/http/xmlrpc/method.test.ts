import t from 'tap';

import { createMethod } from '../../../../src/services/http/xmlrpc/method.ts';

const call = (): number => 1;

t.test('a signature may be one or several', async (t) => {
  t.same(createMethod('m', call).signatures, []);
  t.same(createMethod('m', { call }).signatures, []);
  t.same(createMethod('m', { call, signature: ['int', 'string'] }).signatures, [['int', 'string']]);
  t.same(createMethod('m', { call, signature: [['int'], ['int', 'any']] }).signatures, [['int'], ['int', 'any']]);
});

t.test('says what is wrong', async (t) => {
  const types = 'int, i4, i8, boolean, string, double, dateTime.iso8601, base64, struct, array, nil, any';
  const cases: readonly (readonly [given: object, message: string])[] = [
    [{ call: 1 }, 'm: expected a function, or an object with a function "call"'],
    [{ call, help: 1 }, 'm: expected text for "help"'],
    [{ call, signature: ['float64'] }, `m: expected a signature of ${types}, got "float64"`],
    [{ call, signature: 5 }, `m: expected a signature of ${types}, got 5`],
    [{ call, signature: [['int'], 'int'] }, `m: expected a signature of ${types}, got "int"`],
    [{ call, signature: [[]] }, `m: expected a signature of ${types}, got a list`],
  ];
  for (const [given, message] of cases) t.throws(() => createMethod('m', given as never), { message });
  t.throws(() => createMethod('', call), /expected a name/);
  t.throws(() => createMethod('m'.repeat(256), call), /expected a name/);
});
