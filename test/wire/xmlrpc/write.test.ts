import t from 'tap';

import { maxWrittenLength, writeCall, writeFault, writeResponse, writeValue } from '../../../src/wire/xmlrpc/write.ts';

t.test('each value in its type', async (t) => {
  const cases: readonly (readonly [value: unknown, xml: string])[] = [
    [0, '<int>0</int>'],
    [-0, '<int>0</int>'],
    [2147483647, '<int>2147483647</int>'],
    [2147483648, '<i8>2147483648</i8>'],
    [-9007199254740991, '<i8>-9007199254740991</i8>'],
    [9007199254740992, '<double>9007199254740992</double>'],
    [1n, '<i8>1</i8>'],
    [-9223372036854775808n, '<i8>-9223372036854775808</i8>'],
    [1.5, '<double>1.5</double>'],
    [-1.5e-9, '<double>-0.0000000015</double>'],
    [1.25e22, '<double>12500000000000000000000.0</double>'],
    [-1e21, '<double>-1000000000000000000000.0</double>'],
    [true, '<boolean>1</boolean>'],
    [false, '<boolean>0</boolean>'],
    ['a & b', '<string>a &amp; b</string>'],
    ['', '<string></string>'],
    [null, '<nil/>'],
    [undefined, '<nil/>'],
    [new Date('1998-07-17T14:14:55Z'), '<dateTime.iso8601>19980717T14:14:55</dateTime.iso8601>'],
    [Buffer.from([0, 255]), '<base64>AP8=</base64>'],
    [[], '<array><data></data></array>'],
    [
      [1, [null]],
      '<array><data><value><int>1</int></value><value><array><data><value><nil/></value></data></array></value></data></array>',
    ],
    [{}, '<struct></struct>'],
    [{ 'a<': 1, gone: undefined }, '<struct><member><name>a&lt;</name><value><int>1</int></value></member></struct>'],
    [
      JSON.parse('{"__proto__":1}'),
      '<struct><member><name>__proto__</name><value><int>1</int></value></member></struct>',
    ],
  ];
  for (const [value, xml] of cases) t.equal(writeValue(value), `<value>${xml}</value>`, xml);
});

t.test('the smallest and the largest doubles come back as they were', async (t) => {
  for (const number of [5e-324, Number.MAX_VALUE, Number.EPSILON, -Number.MIN_VALUE, 1 / 3]) {
    const [, text] = /<double>([-\d.]+)<\/double>/.exec(writeValue(number)) ?? [];
    t.equal(Number(text), number);
  }
});

t.test('says what it cannot send', async (t) => {
  const circle: unknown[] = [];
  circle.push(circle);
  const cases: readonly (readonly [value: unknown, message: string | RegExp])[] = [
    [Number.NaN, 'XML-RPC cannot carry NaN'],
    [Number.POSITIVE_INFINITY, 'XML-RPC cannot carry Infinity'],
    [9223372036854775808n, 'an i8 cannot carry 9223372036854775808'],
    [() => 1, 'XML-RPC cannot carry a function'],
    [Symbol('x'), 'XML-RPC cannot carry a symbol'],
    [new Map(), 'XML-RPC cannot carry a Map: expected a plain object'],
    [Promise.resolve(), 'XML-RPC cannot carry a Promise: expected a plain object'],
    [new Date(Number.NaN), /cannot carry a date that is none/],
    ['\0', 'XML cannot carry the character U+0000'],
    [{ '\0': 1 }, 'XML cannot carry the character U+0000'],
    [circle, /^values stand more than 64 deep in each other, or in a circle$/],
    [{ list: [Number.NaN] }, 'XML-RPC cannot carry NaN'],
  ];
  for (const [value, message] of cases) t.throws(() => writeValue(value), { name: 'RangeError', message });
});

t.test('goes as deep as it reads, and no deeper', async (t) => {
  const nest = (depth: number): unknown => (depth === 0 ? [] : [nest(depth - 1)]);
  t.doesNotThrow(() => writeValue(nest(63)));
  t.throws(() => writeValue(nest(64)), { name: 'RangeError' });
});

t.test('an answer has an end', async (t) => {
  const part = 'x'.repeat(maxWrittenLength / 4);
  t.doesNotThrow(() => writeValue([part, part, part]));
  t.throws(() => writeValue([part, part, part, part]), { message: `more than ${maxWrittenLength} characters` });
  t.throws(() => writeValue({ a: part, b: part, c: part, d: part }), { name: 'RangeError' });
});

t.test('whole documents', async (t) => {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  t.equal(
    writeCall('math.add', [1, 'x']),
    `${declaration}<methodCall><methodName>math.add</methodName><params><param><value><int>1</int></value></param><param><value><string>x</string></value></param></params></methodCall>`,
  );
  t.equal(
    writeResponse(true),
    `${declaration}<methodResponse><params><param><value><boolean>1</boolean></value></param></params></methodResponse>`,
  );
  t.equal(
    writeFault(-32601, 'no <method>\0'),
    `${declaration}<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>-32601</int></value></member><member><name>faultString</name><value><string>no &lt;method&gt;\ufffd</string></value></member></struct></value></fault></methodResponse>`,
  );
});
