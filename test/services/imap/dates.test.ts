import t from 'tap';

import { dayOfMailDate, dayOfTime, formatDateTime, parseDateTime, parseDay } from '../../../src/services/imap/dates.ts';

t.test('days', async (t) => {
  t.equal(parseDay('1-Feb-1994'), 19_940_201);
  t.equal(parseDay('29-feb-2024'), 20_240_229);
  for (const text of ['29-Feb-2023', '0-Jan-2020', '1-Foo-2020', '1-Jan-20', '', '1 Jan 2020'])
    t.equal(parseDay(text), null, text);
});

t.test('times', async (t) => {
  t.equal(parseDateTime('17-Jul-1996 02:44:25 -0700'), Date.UTC(1996, 6, 17, 9, 44, 25));
  t.equal(parseDateTime(' 7-Jul-1996 02:44:25 +0030'), Date.UTC(1996, 6, 7, 2, 14, 25));
  for (const text of ['7-Jul-1996 02:44:25 +0000', '31-Feb-2020 00:00:00 +0000', '01-Jan-2020 24:00:00 +0000', 'x']) {
    t.equal(parseDateTime(text), null, text);
  }
  t.equal(formatDateTime(Date.UTC(1996, 6, 7, 9, 4, 5)), '07-Jul-1996 09:04:05 +0000');
  t.equal(dayOfTime(Date.UTC(2020, 11, 31, 23, 59)), 20_201_231);
});

t.test('dates of mail', async (t) => {
  const cases: readonly (readonly [text: string, day: number | null])[] = [
    ['Mon, 7 Feb 1994 21:52:25 -0800', 19_940_207],
    ['7 Feb 94 21:52 PST', 19_940_207],
    ['7 February 2049', 20_490_207],
    ['Thu, 1 Jan 26 00:00:00 +0000', 20_260_101],
    ['1 Jan 120 00:00', 20_200_101],
    ['yesterday', null],
    ['31 Feb 2020', null],
    ['', null],
  ];
  for (const [text, day] of cases) t.equal(dayOfMailDate(text), day, text);
});
