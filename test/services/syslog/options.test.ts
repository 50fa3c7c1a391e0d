import t from 'tap';

import { syslogOptions } from '../../../src/services/syslog/options.ts';

t.test('defaults', async (t) => {
  t.same(syslogOptions.parse({}), {
    format: 'json',
    batch: { count: 1000, size: 1_048_576, time: 5000 },
    max_message: 65_536,
  });
});

t.test('a file is a path, or a path and more', async (t) => {
  t.same(syslogOptions.parse({ file: '/var/log/messages' }).file, { path: '/var/log/messages', format: 'raw' });
  const rotate = { size: '100MB', age: '1d' };
  t.same(syslogOptions.parse({ file: { path: '/x', format: 'json', rotate } }).file, {
    path: '/x',
    format: 'json',
    rotate: { size: 104_857_600, age: 86_400_000, keep: 7 },
  });
});

t.test('what is wrong is told', async (t) => {
  const cases: readonly [options: object, message: RegExp][] = [
    [{ file: 5 }, /expected a path, or a map such as/],
    [{ file: { path: '/x', rotate: { keep: 3 } } }, /expected size or age, or both/],
    [{ file: { path: '/x', rotate: { size: '1023B' } } }, /at least 1KB/],
    [{ file: { path: '/x', rotate: { size: '1KB', keep: 0 } } }, />=1/],
    [{ batch: { time: '61m' } }, /at most 1h/],
    [{ batch: { count: 0 } }, />=1/],
    [{ max_message: '479B' }, /at least 480B/],
    [{ max_message: '2MB' }, /at most 1MB/],
    [{ format: 'xml' }, /json/],
  ];
  for (const [options, message] of cases)
    t.match(syslogOptions.safeParse(options).error?.message, message, JSON.stringify(options));
  t.equal(syslogOptions.parse({ batch: { time: '0s' } }).batch.time, 0);
});
