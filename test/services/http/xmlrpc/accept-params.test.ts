import t from 'tap';

import type { RpcMethod, RpcValue } from '../../../../src/contract/rpc.ts';
import { acceptParams, type Notation } from '../../../../src/services/http/xmlrpc/accept-params.ts';
import { createMethod } from '../../../../src/services/http/xmlrpc/method.ts';

function accept(signature: unknown, params: readonly RpcValue[], notation: Notation = 'xml'): unknown {
  const method = createMethod('m', { signature, call: () => {} } as RpcMethod);
  try {
    return acceptParams(method, params, notation).params;
  } catch (error) {
    return (error as Error).message;
  }
}

t.test('each type takes its own', async (t) => {
  const values: readonly RpcValue[] = [
    1,
    2 ** 40,
    2n ** 62n,
    2n ** 63n,
    1.5,
    true,
    'x',
    null,
    new Date(0),
    new Uint8Array(),
    [],
    {},
  ];
  const cases: readonly (readonly [type: string, taken: readonly number[]])[] = [
    ['int', [0]],
    ['i4', [0]],
    ['i8', [0, 1, 2]],
    ['double', [0, 1, 4]],
    ['boolean', [5]],
    ['string', [6]],
    ['nil', [7]],
    ['dateTime.iso8601', [8]],
    ['base64', [9]],
    ['array', [10]],
    ['struct', [11]],
    ['any', values.map((_, index) => index)],
  ];
  for (const [type, taken] of cases) {
    const found = values.flatMap((value, index) => (typeof accept(['int', type], [value]) === 'string' ? [] : [index]));
    t.same(found, taken, type);
  }
});

t.test('any of several signatures will do', async (t) => {
  const signatures = [['int'], ['int', 'int'], ['int', 'string', 'boolean']];
  t.same(accept(signatures, []), []);
  t.same(accept(signatures, [1]), [1]);
  t.same(accept(signatures, ['a', true]), ['a', true]);
  t.equal(accept(signatures, ['a']), 'm: expected () or (int) or (string, boolean), got (string)');
  t.equal(accept(['int', 'int'], [1, 2.5]), 'm: expected (int), got (int, double)');
});

t.test('without a signature there may be too many, which are not looked at, but not too few', async (t) => {
  const of = (call: (...params: never[]) => unknown, params: RpcValue[]) => () =>
    acceptParams(createMethod('m', call as never), params, 'xml');
  t.doesNotThrow(of((a: number) => a, [1, 2]));
  t.doesNotThrow(of((a: number, b = 2) => a + b, [1]));
  t.doesNotThrow(of((...all: number[]) => all, []));
  t.throws(
    of((a: number, b: number) => a + b, [1]),
    { code: -32602, message: 'm: expected 2 parameters, got 1' },
  );
});

t.test('JSON has text for dates and bytes', async (t) => {
  const signature = ['nil', 'dateTime.iso8601', 'base64', 'string'];
  const params = ['1998-07-17T14:14:55.000Z', 'aGk=', 'x'];
  t.same(accept(signature, params, 'json'), [new Date('1998-07-17T14:14:55Z'), new Uint8Array(Buffer.from('hi')), 'x']);
  t.match(accept(signature, params, 'xml'), /^m: expected/);
  t.match(accept(signature, ['yesterday', 'aGk=', 'x'], 'json'), /^m: expected/);
  t.match(accept(signature, ['1998-07-17T14:14:55Z', 'a', 'x'], 'json'), /^m: expected/);
});

t.test('the message has an end', async (t) => {
  const message = accept(
    ['int'],
    Array.from({ length: 1_000 }, () => 1),
  ) as string;
  t.equal(message.length, 301);
});
