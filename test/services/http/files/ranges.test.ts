import t from 'tap';

import { parseRanges } from '../../../../src/services/http/files/ranges.ts';

t.test('reads ranges of a file of 1000 bytes', async (t) => {
  const cases: readonly (readonly [header: string, ranges: readonly (readonly [number, number])[] | null])[] = [
    ['bytes=0-0', [[0, 0]]],
    ['bytes=0-499', [[0, 499]]],
    ['bytes=500-', [[500, 999]]],
    ['bytes=-500', [[500, 999]]],
    ['bytes=-5000', [[0, 999]]],
    ['bytes=999-', [[999, 999]]],
    ['bytes=900-5000', [[900, 999]]],
    ['BYTES=0-1', [[0, 1]]],
    [
      'bytes= 0-1 , 500-501',
      [
        [0, 1],
        [500, 501],
      ],
    ],
    ['bytes=,0-1,,', [[0, 1]]],
    [
      'bytes=500-600,0-100',
      [
        [500, 600],
        [0, 100],
      ],
    ],
    ['bytes=0-100,50-150', [[0, 150]]],
    ['bytes=50-150,0-100', [[0, 150]]],
    ['bytes=0-100,101-200', [[0, 200]]],
    ['bytes=0-100,180-200', [[0, 200]]],
    [
      'bytes=0-100,181-200',
      [
        [0, 100],
        [181, 200],
      ],
    ],
    ['bytes=0-10,2000-3000', [[0, 10]]],
    ['bytes=1000-', []],
    ['bytes=1000-2000', []],
    ['bytes=-0', []],
    ['bytes=2-1', null],
    ['bytes=', null],
    ['bytes=,', null],
    ['bytes=-', null],
    ['bytes=a-b', null],
    ['bytes=1', null],
    ['bytes=1-2-3', null],
    ['bytes=1-2,x', null],
    ['bytes=1- 2', null],
    ['lines=1-2', null],
    ['bytes 1-2', null],
    ['bytes=0-99999999999999999999', null],
  ];
  for (const [header, ranges] of cases) {
    t.same(parseRanges(header, 1000)?.map(({ first, last }) => [first, last]) ?? null, ranges, header);
  }
});

t.test('takes 32 ranges, and no more', async (t) => {
  const many = (count: number): string =>
    `bytes=${Array.from({ length: count }, (_, i) => `${i * 1000}-${i * 1000}`).join(',')}`;
  t.equal(parseRanges(many(32), 100_000)?.length, 32);
  t.equal(parseRanges(many(33), 100_000), null);
});

t.test('nothing is a part of an empty file', async (t) => {
  t.same(parseRanges('bytes=0-', 0), []);
  t.same(parseRanges('bytes=-1', 0), []);
});
