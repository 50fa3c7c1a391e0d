import t from 'tap';

import { createServiceContexts } from '../../src/worker/service-context.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { createFakeLogger, type LogLine } from '../support/fake-session.ts';

t.test('a service is given its own log and desk, and what it shares', async (t) => {
  const logs: LogLine[] = [];
  const desks: (readonly string[])[] = [];
  const { bus, metrics, draining, desk } = createFakeContext();
  const contextFor = createServiceContexts({
    bus,
    draining,
    state: '/var/lib/portico',
    acmeAnswer: (token) => `answer to ${token}`,
    metrics,
    logger: createFakeLogger(logs),
    desk(deliver) {
      desks.push(deliver);
      return desk;
    },
    askRegistry: async () => null,
  });
  const context = contextFor({ name: 'drop', deliver: ['archive'] });
  t.equal(context.name, 'drop');
  t.equal(context.bus, bus);
  t.equal(context.metrics, metrics);
  t.equal(context.draining, draining);
  t.equal(context.desk, desk);
  t.same(context.deliver, ['archive']);
  t.equal(context.acmeAnswer('x'), 'answer to x');
  t.same(desks, [['archive']]);
  context.log.info('hello');
  t.match(logs, [{ message: 'hello' }]);
});
