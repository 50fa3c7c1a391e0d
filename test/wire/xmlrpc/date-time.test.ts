import t from 'tap';

import { formatDateTime, parseDateTime } from '../../../src/wire/xmlrpc/date-time.ts';

t.test('reads the basic and the extended form, with or without fraction and zone', async (t) => {
  const cases: readonly (readonly [text: string, iso: string | null])[] = [
    ['19980717T14:14:55', '1998-07-17T14:14:55.000Z'],
    ['19980717T141455', '1998-07-17T14:14:55.000Z'],
    ['1998-07-17T14:14:55', '1998-07-17T14:14:55.000Z'],
    ['19980717T14:14:55Z', '1998-07-17T14:14:55.000Z'],
    ['19980717T14:14:55+02:00', '1998-07-17T12:14:55.000Z'],
    ['19980717T14:14:55-0130', '1998-07-17T15:44:55.000Z'],
    ['19980717T14:14:55.5', '1998-07-17T14:14:55.500Z'],
    ['19980717T14:14:55,123456789', '1998-07-17T14:14:55.123Z'],
    ['20000229T00:00:00', '2000-02-29T00:00:00.000Z'],
    ['00500101T00:00:00', '0050-01-01T00:00:00.000Z'],
    ['99991231T23:59:59', '9999-12-31T23:59:59.000Z'],
    ['19000229T00:00:00', null],
    ['19980017T14:14:55', null],
    ['19981317T14:14:55', null],
    ['19980732T14:14:55', null],
    ['19980717T24:00:00', null],
    ['19980717T14:60:00', null],
    ['19980717T14:14:60', null],
    ['1998-0717T14:14:55', null],
    ['19980717 14:14:55', null],
    ['19980717T14:14:55+24:00', null],
    ['19980717T14:14:55 ', null],
    ['19980717', null],
    ['now', null],
    ['', null],
  ];
  for (const [text, iso] of cases) t.equal(parseDateTime(text)?.toISOString() ?? null, iso, text);
});

t.test('writes the basic form in UTC', async (t) => {
  t.equal(formatDateTime(new Date('1998-07-17T14:14:55.999Z')), '19980717T14:14:55');
  t.equal(formatDateTime(new Date('0050-01-01T00:00:00Z')), '00500101T00:00:00');
});

t.test('writes no year that has not four digits, and no date that is none', async (t) => {
  t.equal(formatDateTime(new Date('+010000-01-01T00:00:00Z')), null);
  t.equal(formatDateTime(new Date('-000001-01-01T00:00:00Z')), null);
  t.equal(formatDateTime(new Date(Number.NaN)), null);
});
