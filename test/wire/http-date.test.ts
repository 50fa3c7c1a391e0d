import t from 'tap';

import { formatHttpDate, parseHttpDate } from '../../src/wire/http-date.ts';

const moment = Date.UTC(1994, 10, 6, 8, 49, 37);

t.test('writes the one form that is to be written', async (t) => {
  t.equal(formatHttpDate(moment), 'Sun, 06 Nov 1994 08:49:37 GMT');
});

t.test('reads three forms, and nothing else', async (t) => {
  const now = Date.UTC(2026, 0, 1);
  const cases: readonly (readonly [text: string, ms: number | null])[] = [
    ['Sun, 06 Nov 1994 08:49:37 GMT', moment],
    ['Sunday, 06-Nov-94 08:49:37 GMT', moment],
    ['Sun Nov  6 08:49:37 1994', moment],
    ['Sun Nov 16 08:49:37 1994', Date.UTC(1994, 10, 16, 8, 49, 37)],
    ['Sunday, 06-Nov-76 08:49:37 GMT', Date.UTC(2076, 10, 6, 8, 49, 37)],
    ['Sunday, 06-Nov-77 08:49:37 GMT', Date.UTC(1977, 10, 6, 8, 49, 37)],
    ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    ['Thu, 29 Feb 2023 00:00:00 GMT', null],
    ['Sun, 06 Nov 1994 24:00:00 GMT', null],
    ['Sun, 06 Nov 1994 08:60:00 GMT', null],
    ['Sun, 06 Nov 1994 08:49:37 +0000', null],
    ['Sun, 6 Nov 1994 08:49:37 GMT', null],
    ['Sun, 06 nov 1994 08:49:37 GMT', null],
    ['1994-11-06T08:49:37Z', null],
    [' Sun, 06 Nov 1994 08:49:37 GMT', null],
    ['', null],
  ];
  for (const [text, ms] of cases) t.equal(parseHttpDate(text, now), ms, text);
});
