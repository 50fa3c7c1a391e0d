import t from 'tap';

import { checkDaemon } from '../../src/doctor/daemon.ts';
import { libc } from '../../src/system/libc.ts';
import { deliveryPlan, listenPlan, servicePlan } from '../support/plans.ts';
import { patient, statusOf, told } from './patient.ts';

const withoutFfi = libc === null ? 1 : 0;

t.test('no daemon runs', async (t) => {
  t.same(told(checkDaemon(patient()))[0], 'note: the daemon is not running');
});

t.test('what a running one says', async (t) => {
  const counts = { sessions: { active: 0, total: 0, refused: 0 }, bytes: { in: 0, out: 0 } };
  const status = statusOf({
    services: [
      { name: 'web', type: 'http', state: 'failed', pool: 'main', listeners: [], error: 'no such module', ...counts },
      { name: 'echo', type: 'echo', state: 'up', pool: 'main', listeners: [], error: null, ...counts },
    ],
    workers: [{ pool: 'main', pid: 2, generation: 1, sessions: 0, rss: 1, restarts: 3 }],
    deliveries: [
      { name: 'archive', type: 'directory', queued: 0, delivered: 5, failed: 2 },
      { name: 'hook', type: 'webhook', queued: 9, delivered: 5, failed: 0 },
    ],
  });
  t.same(
    told(checkDaemon(patient({}, status)))
      .slice(0, 3 + withoutFfi)
      .slice(0, 3),
    [
      'error: the service web has failed: no such module',
      'warning: a worker of the pool main was replaced 3 times since the start',
      'warning: 2 things could not be delivered by archive',
    ],
  );
});

t.test('one is one', async (t) => {
  const deliveries = [{ name: 'hook', type: 'webhook', queued: 0, delivered: 0, failed: 1 }];
  const workers = [{ pool: 'main', pid: 2, generation: 1, sessions: 0, rss: 1, restarts: 1 }];
  t.match(told(checkDaemon(patient({}, statusOf({ deliveries, workers })))), [
    'warning: a worker of the pool main was replaced once since the start',
    'warning: 1 thing could not be delivered by hook',
  ]);
});

t.test('what portico check warns of', async (t) => {
  const services = [
    servicePlan({ name: 'mail', type: 'smtp', listen: [listenPlan('tcp://*:25')], deliver: ['relay'] }),
  ];
  const deliveries = { relay: deliveryPlan({ type: 'smtp' }) };
  const accounts = [{ kind: 'file', path: '/nonexistent/accounts.yaml' } as const];
  const found = told(checkDaemon(patient({ services, deliveries, accounts }, statusOf())));
  t.match(found, [/^warning: there is no file \/nonexistent/, /^warning: services\.mail: whoever reaches/]);
});
