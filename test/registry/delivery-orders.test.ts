import t, { type Test } from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import type { DeliveryRequest } from '../../src/contract/registry.ts';
import { answerDeliveryRequest } from '../../src/registry/delivery-orders.ts';
import { openStore } from '../../src/store/store.ts';
import { newItem } from '../support/spool.ts';
import { scratchFile } from '../store/scratch.ts';

async function setUp(t: Test) {
  const store = openStore(scratchFile(t));
  t.teardown(store.close);
  await store.queue.add(['a', 'b'].map((id) => newItem(id, ['archive'])));
  const woken: unknown[] = [];
  const wake = (tryNow?: string | null): void => void woken.push(tryNow);
  const answer = (request: DeliveryRequest): Promise<Json> =>
    answerDeliveryRequest(request, { queue: store.queue, wake });
  return { answer, woken };
}

const all = { ids: [], delivery: null };

t.test('shows', async (t) => {
  const { answer, woken } = await setUp(t);
  t.same(await answer({ what: 'delivery-counts' }), [{ delivery: 'archive', queued: 2, failed: 0, delivered: 0 }]);
  t.match(await answer({ what: 'delivery-list', choice: all, state: 'queued', limit: 1 }), [{ id: 'a' }]);
  t.match(await answer({ what: 'delivery-show', id: 'b' }), { item: { id: 'b' }, tasks: [{ delivery: 'archive' }] });
  t.equal(await answer({ what: 'delivery-show', id: 'c' }), null);
  t.same(woken, []);
});

t.test('orders wake the courier, when they have changed something', async (t) => {
  const { answer, woken } = await setUp(t);
  t.equal(await answer({ what: 'delivery-retry', choice: { ...all, ids: ['c'] } }), 0);
  t.same(woken, []);
  t.equal(await answer({ what: 'delivery-retry', choice: all }), 2);
  t.equal(await answer({ what: 'delivery-replay', choice: { ...all, ids: ['a'] }, to: 'other' }), 1);
  t.equal(await answer({ what: 'delivery-drop', choice: all }), 3);
  t.equal(await answer({ what: 'delivery-replay', choice: { ids: [], delivery: 'archive' }, to: null }), 2);
  t.same(woken, [null, 'other', undefined, 'archive'], 'an order to try lifts the pause of that delivery, or of all');
});
