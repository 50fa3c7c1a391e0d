import t from 'tap';

import { endOfHeader, readMailHeader, valueOfField } from '../../src/wire/mail-header.ts';

t.test('where a header ends', async (t) => {
  const cases: readonly (readonly [message: string, end: number])[] = [
    ['', -1],
    ['a: b\r\n', -1],
    ['a: b\r\n\r\nbody', 6],
    ['\r\nbody', 0],
    ['a: b\r\n\r', -1],
  ];
  for (const [message, end] of cases) t.equal(endOfHeader(Buffer.from(message)), end, JSON.stringify(message));
});

t.test('fields', async (t) => {
  const cases: readonly (readonly [header: string, names: readonly string[], end: number])[] = [
    ['', [], 0],
    ['Subject: x\r\nTO:y\r\n', ['subject', 'to'], 18],
    ['A: 1\r\n 2\r\n\t3\r\nB: 4\r\n', ['a', 'b'], 20],
    ['A : 1\r\n', ['a'], 7],
    ['A: no end', ['a'], 9],
    ['hello there\r\n', [], 0],
    ['A: 1\r\nhello there\r\nB: 2\r\n', ['a'], 6],
    [' folded: 1\r\n', [], 0],
    ['With space: 1\r\n', [], 0],
    [': 1\r\n', [], 0],
  ];
  for (const [header, names, end] of cases) {
    const read = readMailHeader(Buffer.from(header));
    t.same([read.fields.map(({ name }) => name), read.end], [names, end], JSON.stringify(header));
  }
});

t.test('values', async (t) => {
  const cases: readonly (readonly [field: string, value: string])[] = [
    ['A: 1\r\n', '1'],
    ['A:\r\n 1\r\n\t2\r\n', '1\t2'],
    ['A: \u00e9\r\n', 'é'],
    ['A:', ''],
    ['A: b: c\r\n', 'b: c'],
  ];
  for (const [field, value] of cases) {
    const [read] = readMailHeader(Buffer.from(field)).fields;
    t.equal(valueOfField(read!), value, JSON.stringify(field));
  }
});
