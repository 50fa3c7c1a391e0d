import t from 'tap';

import { decodeEncodedWords } from '../../src/wire/encoded-words.ts';

const cases: readonly (readonly [text: string, decoded: string])[] = [
  ['plain', 'plain'],
  ['', ''],
  ['=?utf-8?Q?h=C3=A9?=', 'hé'],
  ['=?UTF-8?b?aMOp?= there', 'hé there'],
  ['a =?utf-8?q?b_c?= d', 'a b c d'],
  ['=?utf-8?Q?a?= =?utf-8?Q?b?=', 'ab'],
  ['=?utf-8?Q?a?= x =?utf-8?Q?b?=', 'a x b'],
  ['=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=', 'é'],
  ['=?iso-8859-1?Q?=E9?= =?utf-8?Q?=C3=A9?=', 'éé'],
  ['=?us-ascii*en?Q?a?=', 'a'],
  ['=?x-nobody?Q?=E9?=', 'é'],
  ['=?utf-8?X?a?=', '=?utf-8?X?a?='],
  ['=?utf-8?Q?a', '=?utf-8?Q?a'],
  ['=?utf-8?Q?a=0D=0Ab=00?=', 'a b'],
  ['=?utf-8?Q?=?=', '='],
  ['=?utf-8?B?!!?=', ''],
];

t.test('encoded words', async (t) => {
  for (const [text, decoded] of cases) t.equal(decodeEncodedWords(text), decoded, JSON.stringify(text));
});

t.test('a long text is cut, and hostile ones cost nothing', async (t) => {
  t.equal(decodeEncodedWords('x'.repeat(8_192)).length, 8_192);
  t.equal(decodeEncodedWords('x'.repeat(8_193)).length, 8_192);
  for (const piece of ['=?', '=?a?Q?', '=?a?Q?x?= ', '=?utf-8?Q?x?='])
    t.type(decodeEncodedWords(piece.repeat(100_000)), 'string');
});
