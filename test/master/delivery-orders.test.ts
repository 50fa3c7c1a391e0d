import t, { type Test } from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import type { DeliveryOrder } from '../../src/contract/control.ts';
import type { RegistryRequest } from '../../src/contract/registry.ts';
import { createDeliveryOrders } from '../../src/master/delivery-orders.ts';
import { daemonPlan, deliveryPlan, plan as planOf } from '../support/plans.ts';

const plan = planOf({ deliveries: { archive: deliveryPlan() } });

function setUp(reply: Json | Promise<Json>) {
  const asked: RegistryRequest[] = [];
  const orders = createDeliveryOrders(
    {
      async ask(request) {
        asked.push(request);
        return reply;
      },
    },
    () => plan,
  );
  return { orders, asked };
}

t.test('each order is a question to the registry', async (t) => {
  const cases: readonly (readonly [order: DeliveryOrder, request: object])[] = [
    [
      { command: 'delivery-list', delivery: 'archive', state: 'failed', limit: 10 },
      { what: 'delivery-list', choice: { ids: [], delivery: 'archive' }, state: 'failed', limit: 10 },
    ],
    [
      { command: 'delivery-list', delivery: null, state: null, limit: 1_000_000 },
      { what: 'delivery-list', choice: { ids: [], delivery: null }, state: null, limit: 10_000 },
    ],
    [
      { command: 'delivery-show', id: 'x'.repeat(257) },
      { what: 'delivery-show', id: 'x'.repeat(256) },
    ],
    [
      { command: 'delivery-retry', ids: ['a', 'b'], delivery: null },
      { what: 'delivery-retry', choice: { ids: ['a', 'b'], delivery: null } },
    ],
    [
      { command: 'delivery-drop', ids: [], delivery: 'archive' },
      { what: 'delivery-drop', choice: { ids: [], delivery: 'archive' } },
    ],
    [
      { command: 'delivery-drop', ids: [], delivery: null, state: 'failed' },
      { what: 'delivery-drop', choice: { ids: [], delivery: null, state: 'failed' } },
    ],
    [
      { command: 'delivery-replay', ids: ['a'], delivery: 'gone', to: 'archive' },
      { what: 'delivery-replay', choice: { ids: ['a'], delivery: 'gone' }, to: 'archive' },
    ],
    [
      { command: 'delivery-replay', ids: ['a'], delivery: null, to: null },
      { what: 'delivery-replay', choice: { ids: ['a'], delivery: null }, to: null },
    ],
  ];
  for (const [order, request] of cases) {
    const { orders, asked } = setUp(2);
    t.equal(await orders.carryOut(order), 2);
    t.same(asked, [request]);
  }
});

t.test('what is sent by mistake is made of it what can be', async (t) => {
  const { orders, asked } = setUp(0);
  await orders.carryOut({
    command: 'delivery-list',
    delivery: 5,
    state: 'odd',
    limit: 'many',
  } as unknown as DeliveryOrder);
  await orders.carryOut({ command: 'delivery-drop', ids: 'all' } as unknown as DeliveryOrder);
  t.same(asked, [
    { what: 'delivery-list', choice: { ids: [], delivery: '5' }, state: null, limit: 1 },
    { what: 'delivery-drop', choice: { ids: [], delivery: null } },
  ]);
});

t.test('what goes wrong is said', async (t) => {
  const show: DeliveryOrder = { command: 'delivery-show', id: 'a' };
  await t.rejects(setUp(null).orders.carryOut(show), { code: 1, message: 'there is no item a in the queue' });
  const drop: DeliveryOrder = { command: 'delivery-drop', ids: [], delivery: null };
  await t.rejects(setUp(null).orders.carryOut(drop), { code: 70, message: /does not answer/ });
  await t.rejects(setUp('the disk is gone').orders.carryOut(drop), { message: 'the disk is gone' });
  const replay: DeliveryOrder = { command: 'delivery-replay', ids: [], delivery: null, to: 'nowhere' };
  await t.rejects(setUp(1).orders.carryOut(replay), { code: 1, message: 'there is no delivery called nowhere' });
});

t.test('counts', async (t) => {
  const counts = [{ delivery: 'archive', queued: 1, failed: 0, delivered: 2 }];
  const withStore = (t: Test) => {
    const state = t.testdir({ store: { 'portico.db': '' } });
    return planOf({ daemon: daemonPlan({ state }) });
  };
  t.same(await setUp(counts).orders.counts(plan), counts);
  t.same(await setUp(counts).orders.counts(withStore(t)), counts, 'of what waits for a delivery that there is no more');
  const { orders, asked } = setUp(counts);
  t.same(await orders.counts(planOf()), []);
  t.same(asked, [], 'nobody is asked where there was never anything');
  t.same(await setUp('no').orders.counts(plan), []);
  t.same(await setUp(new Promise<Json>(() => {})).orders.counts(plan), [], 'nobody is waited for');
});
