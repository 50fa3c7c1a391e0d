import t from 'tap';

import { createFloorWatch } from '../../src/system/floor-watch.ts';
import { createFakeLogger, type LogLine } from '../support/fake-session.ts';

t.test('one line for an outage, whichever folders of the disk it is', async (t) => {
  const folder = t.testdir({ a: {}, b: {} });
  const logs: LogLine[] = [];
  let now = 0;
  const watch = createFloorWatch({ floor: 1000, log: createFakeLogger(logs), now: () => now });
  watch.refused(`${folder}/a`, 900);
  watch.refused(`${folder}/b`, 900);
  now += 299_999;
  watch.refused(`${folder}/a`, 800);
  now += 299_999;
  watch.refused(`${folder}/a`, 700);
  t.match(logs, [
    {
      severity: 'warning',
      message: /daemon\.spool_free/,
      fields: { folder: `${folder}/a`, free: 900, spool_free: 1000 },
    },
  ]);
  t.equal(logs.length, 1);
  now += 300_000;
  watch.refused(`${folder}/a`, 600);
  t.equal(logs.length, 2, 'the next one');
});

t.test('a folder that has gone is told of as well', async (t) => {
  const logs: LogLine[] = [];
  createFloorWatch({ floor: 1000, log: createFakeLogger(logs) }).refused(`${t.testdir()}/gone`, 0);
  t.equal(logs.length, 1);
});
