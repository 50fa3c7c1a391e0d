import t from 'tap';

import { findWarnings } from '../../src/config/warnings.ts';
import { deliveryPlan, listenPlan, plan, servicePlan } from '../support/plans.ts';

t.test('all kinds of them', async (t) => {
  const services = [
    servicePlan({ name: 'mail', type: 'smtp', listen: [listenPlan('tcp://*:25')], deliver: ['relay'] }),
    servicePlan({ name: 'box', type: 'pop3' }),
  ];
  const found = findWarnings(plan({ services, deliveries: { relay: deliveryPlan({ type: 'smtp' }) } }));
  t.match(found, [/^services\.mail: whoever reaches/, /^services\.box: nobody can log in/]);
  t.equal(found.length, 2);
});
