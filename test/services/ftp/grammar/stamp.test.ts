import t from 'tap';

import { formatStamp, parseStamp } from '../../../../src/services/ftp/grammar/stamp.ts';

const times: readonly (readonly [text: string, milliseconds: number | null])[] = [
  ['19700101000000', 0],
  ['20240229235959', 1_709_251_199_000],
  ['20240229235960', 1_709_251_199_000],
  ['20200101000000.5', 1_577_836_800_500],
  ['20230229000000', null],
  ['20201301000000', null],
  ['20200001000000', null],
  ['20200100000000', null],
  ['20200132000000', null],
  ['20200101240000', null],
  ['20200101006000', null],
  ['20200101000061', null],
  ['2020010100000', null],
  ['20200101000000 ', null],
  ['', null],
];

t.test('texts to times', async (t) => {
  for (const [text, milliseconds] of times) t.equal(parseStamp(text), milliseconds, text);
});

t.test('times to texts', async (t) => {
  t.equal(formatStamp(0), '19700101000000');
  t.equal(formatStamp(1_709_251_199_999), '20240229235959');
  t.equal(formatStamp(Number.NaN), '19700101000000');
});
