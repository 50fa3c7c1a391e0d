import t from 'tap';

import { Builder } from '../../../src/wire/xmlrpc/builder.ts';
import { createCallReader } from '../../../src/wire/xmlrpc/call.ts';
import { defaultRpcLimits } from '../../../src/wire/xmlrpc/limits.ts';
import { readPlainDocument } from '../../../src/wire/xmlrpc/plain-document.ts';
import { writeCall } from '../../../src/wire/xmlrpc/write.ts';

function isTaken(text: string): boolean {
  return readPlainDocument(text, new Builder('methodCall', defaultRpcLimits));
}

const call = '<methodCall><methodName>m</methodName></methodCall>';
const value = (text: string): string =>
  `<methodCall><methodName>m</methodName><params><param><value>${text}</value></param></params></methodCall>`;

t.test('takes what programs send', async (t) => {
  const documents = [
    call,
    `<?xml version="1.0"?>\n${call}\n`,
    `<?xml version='1.0' encoding='iso-8859-1'?>\r\n${call}`,
    `\ufeff<?xml version="1.0" encoding="UTF-8" ?>${call}`,
    value('<nil/>'),
    value('é😀 "\''),
    writeCall('m', [1, [true, null], { a: 'b' }]),
  ];
  for (const document of documents) t.equal(isTaken(document), true, document);
});

t.test('leaves to the parser whatever is of another kind', async (t) => {
  const documents = [
    '',
    ' ',
    'x',
    ` <?xml version="1.0"?>${call}`,
    `<?xml version="1.1"?>${call}`,
    `<?xml version="1.0" standalone="yes"?>${call}`,
    `<!-- -->${call}`,
    `<!DOCTYPE a>${call}`,
    `${call}<?pi?>`,
    `${call}${call}`,
    `${call}x`,
    `x${call}`,
    '<methodCall><methodName>m</methodName>',
    '<methodCall><methodName>m</methodCall></methodName>',
    '<methodCall><methodName>m</methodName></methodCall >',
    '<methodCall ><methodName>m</methodName></methodCall>',
    '<methodCall a="b"><methodName>m</methodName></methodCall>',
    '<methodCall',
    '</methodCall>',
    '<nonsense/>',
    value('a > b'),
    value('&lt;'),
    value('<![CDATA[x]]>'),
    value('\0'),
    value('\uffff'),
    value('<nil/><!-- -->'),
  ];
  for (const document of documents) t.equal(isTaken(document), false, JSON.stringify(document));
});

t.test('line endings are read as XML reads them', async (t) => {
  const builder = new Builder('methodCall', defaultRpcLimits);
  t.equal(readPlainDocument(value('a\r\nb\rc\n'), builder), true);
  t.same(builder.document.params, ['a\nb\nc\n']);
});

/** What a reader makes of it: the call, or the fault. */
function outcome(pieces: readonly Buffer[]): unknown {
  try {
    const reader = createCallReader();
    for (const piece of pieces) reader.write(piece);
    return reader.end();
  } catch (error) {
    const { code, message } = error as { code: number; message: string };
    return [code, message];
  }
}

t.test('never takes what the parser would read otherwise', async (t) => {
  const originals = [
    value('<int>1</int>'),
    value(' a\r\n<string>b</string>'),
    `<?xml version="1.0" encoding="UTF-8"?>\n${value('<struct><member><name>a</name><value>b</value></member></struct>')}`,
    writeCall('m', [1, 'x', [1.5, true, null], { a: { b: [] } }, new Date(0), new Uint8Array([1, 2])]),
  ];
  const parts = [
    ...Array.from('<>/&;"\'=! \r\n\0-?[]x1\u0085\ufffe😀'),
    '<value>',
    '</value>',
    '<int>',
    '<nil/>',
    '<!--',
    '-->',
    ']]>',
    '&amp;',
    '<?a?>',
    '\ufeff',
    '<data/>',
    '<a/>',
    '\r\n',
    'text',
    '2',
    '\u00e9',
  ];
  const random = createRandom(20_260_101);
  let taken = 0;
  for (let round = 0; round < 6_000; round += 1) {
    let text = originals[random(originals.length)] as string;
    for (let change = random(2); change >= 0; change -= 1) {
      const near = random(text.length);
      const at = random(2) === 0 ? near : Math.max(0, text.indexOf('<', near));
      text =
        text.slice(0, at) +
        (parts[random(parts.length)] as string) +
        text.slice(at + (random(2) === 0 ? 0 : random(4)));
    }
    const bytes = Buffer.from(text);
    if (isTakenOrRefused(text)) taken += 1;
    const whole = outcome([bytes]);
    const inPieces = outcome([bytes.subarray(0, 1), bytes.subarray(1)]);
    if (JSON.stringify(whole) !== JSON.stringify(inPieces)) t.same(whole, inPieces, JSON.stringify(text));
  }
  t.ok(taken > 100, `${taken} of them were plain`);
});

function isTakenOrRefused(text: string): boolean {
  try {
    return isTaken(text);
  } catch {
    return false;
  }
}

/** The same numbers every time. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
