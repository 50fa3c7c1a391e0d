process.env['TZ'] = 'Europe/Berlin';

import t from 'tap';

import { findBsdTime, findEpochTime, findIsoTime } from '../../src/wire/syslog-time.ts';

t.test('times of RFC 3339, and what looks like them', async (t) => {
  const cases: readonly [text: string, time: string | null][] = [
    ['1985-04-12T23:20:50.52Z', '1985-04-12T23:20:50.52Z'],
    ['1985-04-12T19:20:50.52-04:00', '1985-04-12T23:20:50.52Z'],
    ['2003-10-11T22:14:15.003Z', '2003-10-11T22:14:15.003Z'],
    ['2003-08-24T05:14:15.000003-07:00', '2003-08-24T12:14:15.000003Z'],
    ['2003-08-24T05:14:15.000000003-07:00', '2003-08-24T12:14:15.000000003Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00Z'],
    ['2026-01-01T00:30:00+0530', '2025-12-31T19:00:00Z'],
    ['2026-01-01 00:30:00,5Z', '2026-01-01T00:30:00.5Z'],
    ['2026-01-01T12:00:00', '2026-01-01T11:00:00Z'],
    ['2026-07-01T12:00:00', '2026-07-01T10:00:00Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['2023-02-29T00:00:00Z', null],
    ['2023-13-01T00:00:00Z', null],
    ['2023-00-01T00:00:00Z', null],
    ['2023-01-32T00:00:00Z', null],
    ['2023-01-00T00:00:00Z', null],
    ['2023-01-01T24:00:00Z', null],
    ['2023-01-01T00:60:00Z', null],
    ['2023-01-01T00:00:61Z', null],
    ['2023-01-01T00:00:00+24:00', null],
    ['2023-01-01T00:00:00.1234567890Z', null],
    ['1969-12-31T23:59:59Z', null],
    ['2023-01-01T00:00:00Zx', null],
    ['2023-1-1T00:00:00Z', null],
    ['', null],
  ];
  for (const [text, time] of cases) {
    t.equal(findIsoTime(`<1>${text}`, 3)?.time ?? null, time, text);
    if (time !== null) t.equal(findIsoTime(`<1>${text} x`, 3)?.end, 3 + text.length);
  }
});

t.test('times of RFC 3164, and what devices make of them', async (t) => {
  const now = Date.UTC(2026, 10, 26, 12);
  const cases: readonly [text: string, time: string | null, length?: number][] = [
    ['Nov 26 12:59:59', '2026-11-26T11:59:59Z'],
    ['Nov  6 12:00:00', '2026-11-06T11:00:00Z'],
    ['Nov 6 12:00:00', '2026-11-06T11:00:00Z'],
    ['Nov 06 12:00:00', '2026-11-06T11:00:00Z'],
    ['Jul  1 12:00:00', '2026-07-01T10:00:00Z'],
    ['Nov 26 12:00:00.123456', '2026-11-26T11:00:00.123456Z'],
    ['Nov 28 12:59:59', '2026-11-28T11:59:59Z'],
    ['Nov 28 13:00:01', '2025-11-28T12:00:01Z'],
    ['Dec 31 23:59:59', '2025-12-31T22:59:59Z'],
    ['Jan  1 00:00:00', '2025-12-31T23:00:00Z'],
    ['Jan 05 2021 03:04:05', '2021-01-05T02:04:05Z'],
    ['2021 Jan  5 03:04:05.5 UTC:', '2021-01-05T03:04:05.5Z', 26],
    ['Mar  1 18:46:11.123 UTC:', '2026-03-01T18:46:11.123Z', 23],
    ['Mar  1 18:46:11 CET:', '2026-03-01T17:46:11Z', 19],
    ['Mar  1 18:46:11 UTC x', '2026-03-01T17:46:11Z', 15],
    ['Nov 31 12:00:00', null],
    ['Nov  0 12:00:00', null],
    ['Nov 26 25:00:00', null],
    ['Foo 26 12:00:00', null],
    ['Feb 29 12:00:00', null],
    ['nov 26 12:00:00', null],
    ['Nov 26 12:00', null],
    ['Nov 26', null],
  ];
  for (const [text, time, length = text.length] of cases) {
    const found = findBsdTime(`<1>${text}`, 3, now);
    t.equal(found?.time ?? null, time, text);
    if (found !== null) t.equal(found.end, 3 + length, text);
  }
});

t.test('the year is the last one in which it has been, a clock that is two days ahead included', async (t) => {
  const newYear = Date.UTC(2026, 0, 1, 0, 0, 5);
  t.equal(findBsdTime('Dec 31 23:59:59', 0, newYear)?.time, '2025-12-31T22:59:59Z');
  const newYearsEve = Date.UTC(2025, 11, 31, 23, 0, 0);
  t.equal(findBsdTime('Jan  1 00:30:00', 0, newYearsEve)?.time, '2025-12-31T23:30:00Z');
  t.equal(findBsdTime('Jan  2 00:00:00', 0, newYearsEve)?.time, '2026-01-01T23:00:00Z');
  t.equal(findBsdTime('Feb 29 12:00:00', 0, Date.UTC(2024, 2, 1))?.time, '2024-02-29T11:00:00Z');
});

t.test('summer time begins and ends', async (t) => {
  t.equal(findIsoTime('2026-03-29T01:59:59', 0)?.time, '2026-03-29T00:59:59Z');
  t.equal(findIsoTime('2026-03-29T03:00:00', 0)?.time, '2026-03-29T01:00:00Z');
  t.equal(findIsoTime('2026-10-25T01:59:59', 0)?.time, '2026-10-24T23:59:59Z');
  t.equal(findIsoTime('2026-10-25T03:00:00', 0)?.time, '2026-10-25T02:00:00Z');
});

t.test('seconds since 1970', async (t) => {
  t.same(findEpochTime('<1>1563249630.774247467 MX84 x', 3), { time: '2019-07-16T04:00:30.774247467Z', end: 23 });
  t.same(findEpochTime('1 1563249630.774247467 MX84 x', 0), { time: '2019-07-16T04:00:30.774247467Z', end: 22 });
  for (const text of ['1563249630 x', '156324963.7 x', '1563249630.7', '']) t.equal(findEpochTime(text, 0), null, text);
});
