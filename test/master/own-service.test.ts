import t from 'tap';

import { isOwnPool, ownService } from '../../src/master/own-service.ts';
import { listenPlan } from '../support/plans.ts';

t.test('a service of the house has a process of its own and nothing that was not asked for', async (t) => {
  t.match(ownService({ name: '@one', type: 'one', options: { a: 1 } }), {
    name: '@one',
    type: 'one',
    options: { a: 1 },
    enabled: true,
    listen: [],
    isolate: true,
    sensor: false,
    user: null,
    access: { allow: [], deny: [], neverBan: [], hours: [] },
    limits: { connections: 200, idle: 60_000 },
    tls: { certificates: [], clientCa: null, clientCertificate: 'none', legacy: null },
  });
  const listen = [listenPlan('tcp://127.0.0.1:80')];
  t.equal(ownService({ name: '@one', type: 'one', options: {}, listen }).listen, listen);
});

t.test('its pool is told by its name, which no configured one can have', async (t) => {
  t.equal(isOwnPool('@registry'), true);
  t.equal(isOwnPool('registry'), false);
  t.equal(isOwnPool('user:@x'), false);
});
