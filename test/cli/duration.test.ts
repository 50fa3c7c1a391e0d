import t from 'tap';

import { parseWait } from '../../src/cli/duration.ts';

for (const [text, expected] of [
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5s', 1_500],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
  ['0s', 0],
] as const) {
  t.equal(parseWait(text, 'status'), expected, text);
}

for (const text of ['10', 's', '-1s', '10 s', '10S', '1e3s', '10sec', '9999999999s', ' 10s']) {
  t.throws(() => parseWait(text, 'status'), {
    code: 64,
    command: 'status',
    message: `--wait: expected a duration such as "10s", got ${JSON.stringify(text)}`,
  });
}
