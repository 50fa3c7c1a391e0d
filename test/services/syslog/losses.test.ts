import { once } from 'node:events';
import { EventEmitter } from 'node:events';

import t from 'tap';

import { createLosses } from '../../../src/services/syslog/losses.ts';
import { createFakeLogger, type LogLine } from '../../support/fake-session.ts';

t.test('many losses are one line, once there is room again', async (t) => {
  const logs: LogLine[] = [];
  const looks = new EventEmitter();
  let isFull = true;
  const losses = createLosses({
    log: createFakeLogger(logs),
    isFull() {
      looks.emit('look');
      return isFull;
    },
    firstMs: 1,
  });
  for (let count = 0; count < 1000; count += 1) losses.add();
  await once(looks, 'look');
  t.same(logs, []);
  losses.add();
  isFull = false;
  while (logs.length === 0) await once(looks, 'look').then(() => new Promise(setImmediate));
  t.match(logs, [{ severity: 'warning', message: /^messages were lost/, fields: { count: 1001 } }]);
  losses.close();
  t.equal(logs.length, 1, 'nothing more to tell');
});

t.test('at the end it is told at once', async (t) => {
  const logs: LogLine[] = [];
  const losses = createLosses({ log: createFakeLogger(logs), isFull: () => true });
  losses.add();
  losses.close();
  t.match(logs, [{ fields: { count: 1 } }]);
});
