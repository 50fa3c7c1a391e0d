import t from 'tap';

import { createCursor } from '../../../src/services/imap/cursor.ts';
import { formatSet, normalizeSet, parseSequenceSet, type Range } from '../../../src/services/imap/sequence-set.ts';

t.test('sets as ascending ranges', async (t) => {
  const cases: readonly (readonly [text: string, largest: number, ranges: readonly Range[]])[] = [
    ['1', 9, [{ from: 1, to: 1 }]],
    ['3:1,2,4', 9, [{ from: 1, to: 4 }]],
    ['*', 9, [{ from: 9, to: 9 }]],
    ['20:*', 9, [{ from: 9, to: 20 }]],
    [
      '5,1:2,2:3',
      9,
      [
        { from: 1, to: 3 },
        { from: 5, to: 5 },
      ],
    ],
    ['1:4294967295', 9, [{ from: 1, to: 4_294_967_295 }]],
  ];
  for (const [text, largest, ranges] of cases) {
    const set = parseSequenceSet(createCursor([text]));
    t.same(set === '$' ? [] : normalizeSet(set, largest), ranges, text);
  }
});

t.test('numbers as a set', async (t) => {
  t.equal(formatSet([1, 2, 3, 5, 7, 8]), '1:3,5,7:8');
  t.equal(formatSet([4]), '4');
  t.equal(formatSet([]), '');
});

t.test('not too many', async (t) => {
  const many = (count: number): string => Array.from({ length: count }, () => '1').join(',');
  t.equal(parseSequenceSet(createCursor([many(8_192)])).length, 8_192);
  t.throws(() => parseSequenceSet(createCursor([many(8_193)])), { message: 'The set is too long' });
});
