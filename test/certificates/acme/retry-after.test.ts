import t from 'tap';

import { parseRetryAfter } from '../../../src/certificates/acme/retry-after.ts';

t.test('Retry-After', async (t) => {
  const now = Date.UTC(2030, 0, 1);
  const cases = [
    ['0', 0],
    ['120', 120_000],
    ['604800', 604_800_000],
    ['604801', 604_800_000],
    ['999999999999999', 604_800_000],
    ['Tue, 01 Jan 2030 00:01:00 GMT', 60_000],
    ['Mon, 31 Dec 2029 23:59:59 GMT', 0],
    ['Wed, 01 Jan 2031 00:00:00 GMT', 604_800_000],
    ['Tue, 99 Jan 2030 00:00:00 GMT', null],
    ['-1', null],
    ['1.5', null],
    ['soon', null],
    ['', null],
    ['9999999999999999', null],
    [undefined, null],
  ] as const;
  for (const [text, ms] of cases) t.equal(parseRetryAfter(text, now), ms, String(text));
});
