import t from 'tap';

import { formatBytes, formatDuration, formatJson } from '../../src/cli/format.ts';

for (const [bytes, expected] of [
  [null, '-'],
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KB'],
  [1536, '1.5 KB'],
  [10_240, '10 KB'],
  [26_214_400, '25 MB'],
  [1024 ** 4 * 5000, '5000 TB'],
] as const) {
  t.equal(formatBytes(bytes), expected, String(bytes));
}

for (const [milliseconds, expected] of [
  [-5, '0s'],
  [999, '0s'],
  [59_999, '59s'],
  [60_000, '1m 0s'],
  [3_599_000, '59m 59s'],
  [7_260_000, '2h 1m'],
  [86_400_000, '1d 0h'],
  [273_600_000, '3d 4h'],
] as const) {
  t.equal(formatDuration(milliseconds), expected, String(milliseconds));
}

t.equal(
  formatJson({ a: '\u001b\u009b\u2028' }),
  '{"a":"\\u001b\\u009b\\u2028"}\n',
  'nothing in JSON steers a terminal',
);
t.equal(formatJson([1], 2), '[\n  1\n]\n');
