import t from 'tap';

import { readRecord } from '../../src/logging/record.ts';

t.test('a line becomes what it was made of', async (t) => {
  const line =
    '{"severity":"notice","time":"2026-02-03T04:05:06.789Z","pid":42,"event":"session.end","service":"echo","bytes":{"in":1,"out":null},"list":[1,"a"],"tls":true,"message":"over"}\n';
  t.same(readRecord(line), {
    time: '2026-02-03T04:05:06.789Z',
    severity: 'notice',
    event: 'session.end',
    message: 'over',
    pid: '42',
    fields: [
      ['service', 'echo'],
      ['bytes.in', '1'],
      ['bytes.out', 'null'],
      ['list', '[1,"a"]'],
      ['tls', 'true'],
    ],
  });
});

t.test('long values are cut, at the limit they are whole', async (t) => {
  const { fields } = readRecord(JSON.stringify({ a: 'x'.repeat(8192), b: 'x'.repeat(8193) }));
  t.equal(fields[0]![1], 'x'.repeat(8192));
  t.equal(fields[1]![1], `${'x'.repeat(8191)}…`);
});

t.test('64 fields, and not one more', async (t) => {
  const values = (count: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, i])));
  t.equal(readRecord(values(64)).fields.length, 64);
  t.equal(readRecord(values(65)).fields.length, 64);
});

t.test('a line that is no JSON is a message', async (t) => {
  t.equal(readRecord('oh').message, 'oh');
  t.equal(readRecord('oh').severity, 'info');
});
