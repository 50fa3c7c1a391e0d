import t from 'tap';

import { faultCodes, type RpcValue } from '../../../src/contract/rpc.ts';
import { createCallReader, type RpcCall } from '../../../src/wire/xmlrpc/call.ts';
import type { RpcLimits } from '../../../src/wire/xmlrpc/limits.ts';
import { writeCall } from '../../../src/wire/xmlrpc/write.ts';

function readCall(document: string | Buffer, limits?: RpcLimits): RpcCall {
  const reader = createCallReader(null, limits);
  reader.write(Buffer.from(document as string));
  return reader.end();
}

const withValue = (value: string): string =>
  `<methodCall><methodName>m</methodName><params><param>${value}</param></params></methodCall>`;

function readValue(value: string): RpcValue | undefined {
  return readCall(withValue(value)).params[0];
}

t.test('reads the call of the specification', async (t) => {
  const call = readCall(`<?xml version="1.0"?>
<methodCall>
   <methodName>examples.getStateName</methodName>
   <params>
      <param>
         <value><i4>41</i4></value>
         </param>
      </params>
   </methodCall>
`);
  t.strictSame(call, { method: 'examples.getStateName', params: [41] });
});

t.test('reads a call without parameters', async (t) => {
  t.strictSame(readCall('<methodCall><methodName> m </methodName></methodCall>'), { method: 'm', params: [] });
  t.strictSame(readCall('<methodCall><methodName>m</methodName><params/></methodCall>'), { method: 'm', params: [] });
});

t.test('values', async (t) => {
  const struct = (members: Record<string, RpcValue>): RpcValue =>
    Object.assign(Object.create(null), members) as RpcValue;
  const cases: readonly (readonly [xml: string, value: RpcValue])[] = [
    ['<value>untyped</value>', 'untyped'],
    ['<value> </value>', ' '],
    ['<value/>', ''],
    ['<value><string/></value>', ''],
    ['<value>\n  <string>a</string>\n</value>', 'a'],
    ['<value><string>a&lt;&#98;&amp;&apos;&quot;&gt;<![CDATA[<&>]]>e<!-- no -->f</string></value>', 'a<b&\'"><&>ef'],
    ['<value><string><?pi x?>a</string></value>', 'a'],
    ['<value><nil/></value>', null],
    ['<value><ex:nil xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions"/></value>', null],
    ['<value><array><data/></array></value>', []],
    [
      '<value><array><data> <value>a</value> <value><array><data><value><int>1</int></value></data></array></value></data></array></value>',
      ['a', [1]],
    ],
    ['<value><struct/></value>', struct({})],
    [
      '<value><struct><member><name>a b</name><value><struct><member><name></name><value/></member></struct></value></member><member><name>c</name><value>d</value></member></struct></value>',
      struct({ 'a b': struct({ '': '' }), c: 'd' }),
    ],
  ];
  for (const [xml, value] of cases) t.strictSame(readValue(xml), value, xml);
});

t.test('a member cannot reach the prototype', async (t) => {
  const value = readValue(
    '<value><struct><member><name>__proto__</name><value><struct><member><name>polluted</name><value>1</value></member></struct></value></member></struct></value>',
  ) as Record<string, RpcValue>;
  t.equal(Object.getPrototypeOf(value), null);
  t.same(Object.keys(value), ['__proto__']);
  t.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

t.test('what is written is read as it was', async (t) => {
  const params = [1, -1.5, 2n ** 62n, 'é<\r\n>😀', true, null, new Date(1e12), [[], ['x']], ''];
  t.strictSame(readCall(writeCall('m', params)), { method: 'm', params });
});

t.test('what is not well-formed is a fault of its own, whatever else is wrong', async (t) => {
  const cases = [
    '',
    'hello',
    '<methodCall>',
    '<methodCall></methodcall>',
    '<a><b></a></b>',
    '<methodCall><methodName>m</methodName></methodCall><methodCall/>',
    '<methodCall><methodName>m</methodName></methodCall>x',
    '<methodCall a="1" a="2"/>',
    '<methodCall a=1/>',
    withValue('<value>&nbsp;</value>'),
    withValue('<value>a & b</value>'),
    withValue('<value>\0</value>'),
    withValue('<value>&#0;</value>'),
    withValue('<value>]]></value>'),
    '<methodCall><nonsense></methodCall>',
  ];
  for (const document of cases) {
    t.throws(
      () => readCall(document),
      { name: 'XmlRpcFault', code: -32700, message: /^not well-formed: / },
      JSON.stringify(document),
    );
  }
});

t.test('what is well-formed and no call is another', async (t) => {
  const cases: readonly (readonly [document: string, message: RegExp])[] = [
    ['<html/>', /expected a methodCall, got <html>/],
    ['<methodResponse><params/></methodResponse>', /expected a methodCall/],
    ['<methodCall/>', /expected a <methodName>/],
    ['<methodCall><params/></methodCall>', /expected a <methodName> before <params>/],
    ['<methodCall><methodName/></methodCall>', /expected a method name of 1 to 255 characters/],
    [`<methodCall><methodName>${'m'.repeat(256)}</methodName></methodCall>`, /of 1 to 255 characters/],
    ['<methodCall><methodName>m</methodName><methodName>n</methodName></methodCall>', /more than one <methodName>/],
    ['<methodCall><methodName>m</methodName><params/><params/></methodCall>', /more than one <params>/],
    ['<methodCall>text<methodName>m</methodName></methodCall>', /text "text" cannot stand in <methodCall>/],
    ['<methodCall><methodName>m<b/></methodName></methodCall>', /<b> cannot stand in <methodName>/],
    [withValue(''), /<param> does not hold/],
    [withValue('<value/><value/>'), /more than one <value>/],
    [withValue('<int>1</int>'), /<int> cannot stand in <param>/],
    [withValue('<value><float64>1</float64></value>'), /<float64> cannot stand in <value>/],
    [withValue('<value><int>1</int><int>2</int></value>'), /a <value> holds more than one/],
    [withValue('<value><int>1</int>1</value>'), /text "1" cannot stand in <value>/],
    [withValue('<value>x<int>1</int></value>'), /text "x" cannot stand in <value>/],
    [withValue('<value><string>ab</string>ab</value>'), /text "ab" cannot stand in <value>/],
    [withValue('<value><int>one</int></value>'), /"one" is no int/],
    [withValue('<value><int><b/></int></value>'), /<b> cannot stand in <int>/],
    [withValue('<value><array/></value>'), /<array> does not hold/],
    [withValue('<value><array><data/><data/></array></value>'), /more than one <data>/],
    [withValue('<value><array><value/></array></value>'), /<value> cannot stand in <array>/],
    [withValue('<value><array><data>x</data></array></value>'), /text "x" cannot stand in <data>/],
    [withValue('<value><struct><member><name>a</name></member></struct></value>'), /<member> does not hold/],
    [withValue('<value><struct><member><value/></member></struct></value>'), /expected a <name> before <value>/],
    [
      withValue('<value><struct><member><name>a</name><value/><value/></member></struct></value>'),
      /more than one <value>/,
    ],
    [
      withValue(
        '<value><struct><member><name>a</name><value/></member><member><name>a</name><value/></member></struct></value>',
      ),
      /a struct has two members "a"/,
    ],
    ['<!DOCTYPE methodCall><methodCall><methodName>m</methodName></methodCall>', /a document type is declared/],
    [
      '<!DOCTYPE a [<!ENTITY b "bomb"><!ENTITY c SYSTEM "file:///etc/passwd">]><methodCall><methodName>&c;</methodName></methodCall>',
      /a document type is declared/,
    ],
  ];
  for (const [document, message] of cases) {
    t.throws(() => readCall(document), { name: 'XmlRpcFault', code: faultCodes.invalidRequest, message }, document);
  }
});

t.test('values are counted, and how deep they stand', async (t) => {
  const nest = (depth: number): string =>
    depth === 0 ? '<value/>' : `<value><array><data>${nest(depth - 1)}</data></array></value>`;
  const limits: RpcLimits = { depth: 4, values: 6 };
  const list = (count: number): string => `<value><array><data>${'<value/>'.repeat(count)}</data></array></value>`;
  t.doesNotThrow(() => readCall(withValue(nest(3)), limits));
  t.throws(() => readCall(withValue(nest(4)), limits), { code: -32600, message: /more than 4 deep/ });
  t.doesNotThrow(() => readCall(withValue(list(5)), limits));
  t.throws(() => readCall(withValue(list(6)), limits), { code: -32600, message: /more than 6 values/ });
  t.doesNotThrow(() => readCall(withValue(nest(63))), 'by default');
  t.throws(() => readCall(withValue(nest(64))), { code: -32600, message: /more than 64 deep/ });
  t.doesNotThrow(() => readCall(withValue(list(99_999))));
  t.throws(() => readCall(withValue(list(100_000))), { code: -32600, message: /more than 100000 values/ });
});

t.test('stops at once where elements never end', async (t) => {
  const reader = createCallReader();
  reader.write(Buffer.from('<'));
  t.throws(() => reader.write(Buffer.from('a><'.repeat(300))), { code: -32600 });
});

t.test('what the peer sent is not repeated at length', async (t) => {
  t.throws(() => readValue(`<value><int>${'x'.repeat(1_000)}</int></value>`), {
    message: `not XML-RPC: "${'x'.repeat(40)}…" is no int`,
  });
});

t.test('pieces of any size give the same', async (t) => {
  const document = Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?>${withValue('<value>añ<![CDATA[<😀>]]>&lt;</value>')}`,
  );
  for (const size of [1, 2, 3, 7, 64]) {
    const reader = createCallReader();
    for (let at = 0; at < document.length; at += size) reader.write(document.subarray(at, at + size));
    t.strictSame(reader.end(), { method: 'm', params: ['añ<😀><'] }, `of ${size}`);
  }
});
