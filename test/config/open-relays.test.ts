import t from 'tap';

import { findOpenRelays } from '../../src/config/open-relays.ts';
import { deliveryPlan, listenPlan, plan, servicePlan } from '../support/plans.ts';

const open = {
  name: 'mail',
  type: 'smtp',
  listen: [listenPlan('tcp://127.0.0.1:2025'), listenPlan('tcp://0.0.0.0:25')],
  deliver: ['archive', 'relay'],
};
const deliveries = {
  archive: deliveryPlan({ type: 'maildir', options: { path: './archive' } }),
  relay: deliveryPlan({ type: 'smtp', options: { host: 'smtp.example.com' } }),
};

t.test('who takes all mail from everybody and sends it on is told', async (t) => {
  const services = [servicePlan(open)];
  t.same(findOpenRelays(plan({ services, deliveries })), [
    'services.mail: whoever reaches tcp://0.0.0.0:25 can send mail to anybody through the delivery "relay": give it recipients, auth: required, or access',
  ]);
});

const closed: readonly [name: string, more: Parameters<typeof servicePlan>[0]][] = [
  ['only certain recipients', { options: { recipients: ['*@example.com'] } }],
  ['only who logs in', { options: { auth: 'required' } }],
  ['only certain networks', { access: { ...servicePlan().access, allow: ['10.0.0.0/8'] } }],
  ['only this machine', { listen: [listenPlan('tcp://127.0.0.1:2025'), listenPlan('tcp://[::1]:2025')] }],
  ['a file', { listen: [listenPlan('unix:/run/mail.sock')] }],
  ['nothing that sends on', { deliver: ['archive'] }],
  ['another type', { type: 'echo' }],
  ['not enabled', { enabled: false }],
];
for (const [name, more] of closed) {
  t.test(`no open relay: ${name}`, async (t) => {
    t.same(findOpenRelays(plan({ services: [servicePlan({ ...open, ...more })], deliveries })), []);
  });
}

t.test('a delivery with recipients of its own is none', async (t) => {
  const relay = deliveryPlan({ type: 'smtp', options: { host: 'smtp.example.com', to: 'me@example.com' } });
  t.same(findOpenRelays(plan({ services: [servicePlan(open)], deliveries: { ...deliveries, relay } })), []);
});
