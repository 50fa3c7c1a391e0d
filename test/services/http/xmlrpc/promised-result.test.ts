import t from 'tap';

import type { RpcType } from '../../../../src/contract/rpc.ts';
import { promisedResult } from '../../../../src/services/http/xmlrpc/promised-result.ts';
import { writeValue } from '../../../../src/wire/xmlrpc/write.ts';

t.test('a result is written as the type that the signature promises', async (t) => {
  const cases: readonly (readonly [type: RpcType, result: unknown, xml: string])[] = [
    ['double', 2, '<double>2</double>'],
    ['double', 0.5, '<double>0.5</double>'],
    ['double', 2 ** 40, '<double>1099511627776</double>'],
    ['int', 2147483647, '<int>2147483647</int>'],
    ['int', -2147483648, '<int>-2147483648</int>'],
    ['i4', 5n, '<int>5</int>'],
    ['i8', 5, '<i8>5</i8>'],
    ['i8', 2n ** 62n, '<i8>4611686018427387904</i8>'],
    ['nil', undefined, '<nil/>'],
    ['string', 'x', '<string>x</string>'],
    ['array', [1], '<array><data><value><int>1</int></value></data></array>'],
    ['any', 2, '<int>2</int>'],
    ['any', undefined, '<nil/>'],
  ];
  for (const [type, result, xml] of cases)
    t.equal(writeValue(promisedResult(type, result, 'xml')), `<value>${xml}</value>`);
});

t.test('what it cannot be is said', async (t) => {
  const cases: readonly (readonly [type: RpcType, result: unknown, reason: string])[] = [
    ['int', 2147483648, 'the signature promises int, and it gave i8 2147483648'],
    ['int', 1.5, 'the signature promises int, and it gave double 1.5'],
    ['int', 2n ** 31n, 'the signature promises int, and it gave i8 2147483648'],
    ['i8', 2n ** 63n, 'the signature promises i8, and it gave i8 9223372036854775808'],
    ['double', '2', 'the signature promises double, and it gave string'],
    ['string', undefined, 'the signature promises string, and it gave nil'],
    ['struct', [], 'the signature promises struct, and it gave array'],
  ];
  for (const [type, result, message] of cases)
    t.throws(() => promisedResult(type, result, 'xml'), { name: 'RangeError', message });
});

t.test('what cannot be sent at all is left to the writer, which says so', async (t) => {
  t.throws(() => writeValue(promisedResult('int', () => {}, 'xml')), { message: 'XML-RPC cannot carry a function' });
  t.throws(() => writeValue(promisedResult('double', Number.NaN, 'xml')), { message: 'XML-RPC cannot carry NaN' });
});

t.test('JSON has one kind of number', async (t) => {
  t.equal(promisedResult('double', 2, 'json'), 2);
});
