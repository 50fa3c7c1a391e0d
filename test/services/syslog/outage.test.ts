import t from 'tap';

import { createOutage } from '../../../src/services/syslog/outage.ts';
import { createFakeLogger, type LogLine } from '../../support/fake-session.ts';

t.test('an outage is two lines, and pauses grow up to a minute', async (t) => {
  const logs: LogLine[] = [];
  let now = 0;
  const outage = createOutage({ trouble: 'it cannot be done', log: createFakeLogger(logs), now: () => now });
  outage.worked();
  t.same(logs, [], 'nothing was wrong');
  const pauses = Array.from({ length: 10 }, () => outage.failed(new Error('disk full')));
  t.same(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  now = 90_000;
  outage.worked();
  outage.worked();
  t.same(
    logs.map(({ severity, message, fields }) => [severity, message, fields]),
    [
      ['err', 'it cannot be done', { error: 'disk full' }],
      ['notice', 'messages are stored again', { seconds: 90 }],
    ],
  );
});

t.test('who fails again at once has not got over it', async (t) => {
  const logs: LogLine[] = [];
  let now = 0;
  const outage = createOutage({ trouble: 'it cannot be done', log: createFakeLogger(logs), now: () => now });
  outage.failed(new Error('x'));
  outage.worked();
  now += 9_999;
  t.equal(outage.failed(new Error('x')), 1000);
  outage.worked();
  t.equal(logs.length, 2);
  now += 10_000;
  t.equal(outage.failed(new Error('x')), 500);
  outage.worked();
  t.equal(logs.length, 4);
});
