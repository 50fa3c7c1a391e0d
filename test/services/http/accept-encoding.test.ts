import t from 'tap';

import { chooseEncodings, type Encoding } from '../../../src/services/http/accept-encoding.ts';

t.test('chooses what the peer takes, best first', async (t) => {
  const offered: readonly Encoding[] = ['br', 'zstd', 'gzip'];
  const cases: readonly (readonly [header: string | undefined, encodings: readonly Encoding[]])[] = [
    [undefined, []],
    ['', []],
    ['identity', []],
    ['gzip', ['gzip']],
    ['gzip, deflate, br, zstd', ['br', 'zstd', 'gzip']],
    ['gzip;q=1.0, br;q=0.5', ['gzip', 'br']],
    ['GZIP ; Q=0.5 ,br; q=0.4', ['gzip', 'br']],
    ['gzip;q=0', []],
    ['gzip;q=0.0, *', ['br', 'zstd']],
    ['*;q=0.1, gzip', ['gzip', 'br', 'zstd']],
    ['*;q=0', []],
    ['x-gzip', ['gzip']],
    ['gzip;q=2', []],
    ['gzip;level=9', []],
    ['"gzip"', []],
    [`${'a,'.repeat(40)}gzip`, []],
  ];
  for (const [header, encodings] of cases) t.same(chooseEncodings(header, offered), encodings, String(header));
});
