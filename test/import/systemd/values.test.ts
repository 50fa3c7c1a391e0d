import t from 'tap';

import { readLimit, readTime, showTime } from '../../../src/import/systemd/values.ts';

for (const [text, ms, shown] of [
  ['5', 5000, '5s'],
  ['1min', 60_000, '1m'],
  ['5min 20s', 320_000, '320s'],
  ['1h30min', 5_400_000, '90m'],
  ['2 hours', 7_200_000, '120m'],
  ['500ms', 500, '500ms'],
  ['1.5s', 1500, '1500ms'],
  ['1d', 86_400_000, '1440m'],
] as const) {
  t.equal(readTime(text), ms, text);
  t.equal(showTime(ms), shown, shown);
}
for (const text of ['', 'infinity', '5 parsecs', '-1', 'toString', '5s x'])
  t.equal(readTime(text), null, text || 'nothing');

for (const [text, limit] of [
  ['512', '512B'],
  ['16M', '16MB'],
  ['2G', '2GB'],
  ['1T', '1024GB'],
  ['1024T', '1048576GB'],
  ['1025T', 'unlimited'],
  ['infinity', 'unlimited'],
  ['10%', null],
  ['', null],
] as const) {
  t.equal(readLimit(text), limit, text || 'nothing');
}
