import t from 'tap';

import { createServiceContexts } from '../../src/worker/service-context.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { createFakeLogger, createFakeSession, type LogLine } from '../support/fake-session.ts';

t.test('a service is given its own log and desk, and what it shares', async (t) => {
  const logs: LogLine[] = [];
  const desks: (readonly string[])[] = [];
  const { bus, metrics, draining, stopping, desk } = createFakeContext();
  const contextFor = createServiceContexts({
    bus,
    draining,
    stopping,
    daemon: { state: '/var/lib/portico', spoolFree: 0 },
    hasAccounts: false,
    acmeAnswer: (token) => `answer to ${token}`,
    metrics,
    logger: createFakeLogger(logs),
    desks: () => (deliver) => {
      desks.push(deliver);
      return desk;
    },
    askRegistry: async () => null,
  });
  const items: unknown[] = [];
  const datagrams: unknown[] = [];
  const context = contextFor(
    { name: 'drop', deliver: ['archive'] },
    {
      received: (...item) => void items.push(item),
      datagram: (...counted) => void datagrams.push(counted),
    },
  );
  t.equal(context.name, 'drop');
  t.equal(context.bus, bus);
  t.equal(context.metrics, metrics);
  t.equal(context.draining, draining);
  t.equal(context.desk, desk);
  t.same(context.deliver, ['archive']);
  t.equal(context.acmeAnswer('x'), 'answer to x');
  t.same(await context.findMailboxes(['a@b.example']), [null], 'nobody is asked');
  t.same(desks, [['archive']]);
  context.received({ name: 'scan.pdf' });
  t.same(items, [[null, { name: 'scan.pdf' }]], 'what came without a session');
  context.countDatagram('out', 516);
  t.same(datagrams, [['out', 516]], 'what went over a port of its own');
  const tree = await context.openTree(createFakeSession().session, {
    root: t.testdir({ file: 'hello' }),
    permissions: ['list'],
    quota: null,
    maxFileSize: null,
  });
  t.match(await tree.stat('/file'), { size: 5 });
  context.log.info('hello');
  t.match(logs, [{ message: 'hello' }]);
});
