import { join } from 'node:path';

import t, { type Test } from 'tap';

import { TemporaryError } from '../../../src/contract/errors.ts';
import type { Item } from '../../../src/contract/item.ts';
import type { LogFields } from '../../../src/contract/logger.ts';
import type { DeliveryCounts } from '../../../src/contract/queue.ts';
import { createCourier, type CourierOptions } from '../../../src/deliveries/courier/courier.ts';
import { openStore } from '../../../src/store/store.ts';
import { createFakeLogger } from '../../support/fake-session.ts';
import { deliveryPlan } from '../../support/plans.ts';
import { itemIdOf, newItem, queuedItem, scratchSpool } from '../../support/spool.ts';

interface Said {
  readonly event: string;
  readonly fields: LogFields;
}

// No process has this number.
const goneMark = '99999999-1';

function setUp(t: Test) {
  const scratch = scratchSpool(t);
  const store = openStore(join(t.testdirName, 'portico.db'));
  const delivered: string[] = [];
  const said: Said[] = [];
  const counted: string[] = [];
  const troubles: unknown[] = [];
  const shown: (readonly DeliveryCounts[])[] = [];
  const down: string[] = [];
  let wake = Promise.withResolvers<void>();
  const couriers: ReturnType<typeof createCourier>[] = [];
  t.teardown(async () => {
    await Promise.all(couriers.map((courier) => courier.close()));
    store.close();
  });
  const target = (name: string, deliver: (item: Item) => Promise<void>) => ({
    async deliver(item: Item) {
      await deliver(item);
      delivered.push(`${name} ${item.id.replace(/^0+/, '')}`);
    },
  });
  return {
    ...scratch,
    queue: store.queue,
    delivered,
    said,
    counted,
    troubles,
    shown,
    down,
    start(more: Partial<CourierOptions> = {}, deliver: (item: Item) => Promise<void> = async () => {}) {
      const courier = createCourier({
        deliveries: { archive: deliveryPlan(), relay: deliveryPlan() },
        mailboxes: deliveryPlan(),
        spool: scratch.spool,
        queue: store.queue,
        openTarget: async (name) => target(name, deliver),
        openMailbox: async (account) => target(`mailbox of ${account}`, deliver),
        house: {
          log: createFakeLogger([]),
          emit(event, fields) {
            said.push({ event, fields });
            wake.resolve();
            wake = Promise.withResolvers<void>();
          },
          count: (delivery, result) => void counted.push(`${delivery} ${result}`),
          showQueue: (counts) => void shown.push(counts),
          showDown: (delivery, isDown) => void down.push(`${delivery} ${isDown}`),
          troubled: (error) => void troubles.push(error),
        },
        owner: 'me',
        ...more,
      });
      couriers.push(courier);
      return courier;
    },
    async events(count: number) {
      while (said.length < count) await wake.promise;
    },
  };
}

t.test('each delivery gets its own, and when all are done nothing is left', async (t) => {
  const { put, queue, start, events, delivered, counted, whole, said } = setUp(t);
  put(itemIdOf('a'), 'hello');
  await queue.add([{ item: queuedItem(itemIdOf('a')), deliveries: ['archive', 'relay'], mailboxes: ['alice', 'bob'] }]);
  const courier = start();
  await events(4);
  t.same([...delivered].sort(), ['archive a', 'mailbox of alice a', 'mailbox of bob a', 'relay a']);
  t.same([...counted].sort(), ['@mailbox done', '@mailbox done', 'archive done', 'relay done']);
  t.match(
    said.find(({ fields }) => fields['mailbox'] === 'alice'),
    {
      event: 'delivery.done',
      fields: {
        delivery: '@mailbox',
        service: 'drop',
        session: 'abcdefghjkmn',
        id: itemIdOf('a'),
        size: 5,
        attempts: 1,
      },
    },
  );
  await courier.drain();
  t.same(whole(), []);
  t.same(await queue.list({ ids: [], delivery: null, state: null, limit: 10 }), []);
});

t.test('is woken by what comes', async (t) => {
  const { put, queue, start, events, delivered } = setUp(t);
  const courier = start({ looksAtOnce: false });
  put(itemIdOf('a'), 'hello');
  await queue.add([newItem(itemIdOf('a'), ['archive'])]);
  courier.wake();
  await events(1);
  t.same(delivered, ['archive a']);
});

t.test('retries and failures are told, with what comes of them', async (t) => {
  const { put, queue, start, events, said, counted } = setUp(t);
  for (const name of ['a', 'b']) put(itemIdOf(name), 'hello');
  await queue.add(['a', 'b'].map((name) => newItem(itemIdOf(name), ['archive'], { received: Date.now() })));
  start({}, ({ id }) => Promise.reject(id.endsWith('a') ? new TemporaryError('busy') : new Error('never')));
  await events(2);
  t.match(
    said.find(({ event }) => event === 'delivery.retry'),
    { fields: { id: itemIdOf('a'), reason: 'busy', next: /^\d{4}-.*Z$/ } },
  );
  t.match(
    said.find(({ event }) => event === 'delivery.failed'),
    { fields: { id: itemIdOf('b'), reason: 'never', next: undefined } },
  );
  t.same([...counted].sort(), ['archive failed', 'archive retry']);
});

t.test('a target that is down is told of once, and tried at once when somebody orders it', async (t) => {
  const { put, queue, start, events, said, down, delivered } = setUp(t);
  for (const name of ['a', 'b', 'c', 'd']) put(itemIdOf(name), 'hello');
  const plan = deliveryPlan({ concurrency: 1, retry: { first: 600_000, longest: 600_000, giveUp: 6_000_000 } });
  let isDown = true;
  const courier = start({ deliveries: { archive: plan } }, async () => {
    if (isDown) throw new TemporaryError('connection refused');
  });
  await queue.add(['a', 'b', 'c'].map((name) => newItem(itemIdOf(name), ['archive'], { received: Date.now() })));
  courier.wake();
  await events(4);
  t.match(said[3], {
    event: 'delivery.down',
    fields: { delivery: 'archive', reason: 'connection refused', next: /^\d{4}-.*Z$/ },
  });
  t.same(down, ['archive true']);
  isDown = false;
  await queue.add([newItem(itemIdOf('d'), ['archive'], { received: Date.now() })]);
  const order = { ids: [itemIdOf('a')], delivery: null };
  // What has become of an attempt is written down a moment after it.
  while ((await queue.retry(order, Date.now())) === 0) await new Promise((resolve) => setImmediate(resolve));
  courier.tryNow('relay');
  courier.wake();
  await queue.counts();
  t.same(delivered, [], 'another delivery is none of its business');
  courier.tryNow('archive');
  await events(7);
  t.same([...delivered].sort(), ['archive a', 'archive d']);
  t.same(
    said.slice(4).map(({ event }) => event),
    ['delivery.done', 'delivery.up', 'delivery.done'],
  );
  t.same(down, ['archive true', 'archive false']);
});

t.test('what a courier had that is gone is delivered at once; what another has, is not', async (t) => {
  const { put, queue, start, events, delivered } = setUp(t);
  for (const name of ['a', 'b', 'c']) put(itemIdOf(name), 'hello');
  await queue.add(['a', 'b', 'c'].map((name) => newItem(itemIdOf(name), ['archive'])));
  const lease = { delivery: 'archive', limit: 1, now: Date.now(), until: Date.now() + 600_000, retriesFirst: false };
  await queue.lease({ ...lease, owner: goneMark });
  await queue.lease({ ...lease, owner: 'another' });
  start();
  await events(2);
  t.same([...delivered].sort(), ['archive a', 'archive c']);
});

t.test('what waits for a delivery that there is no more, stays', async (t) => {
  const { put, queue, start, events, delivered, whole, shown } = setUp(t);
  put(itemIdOf('a'), 'hello');
  await queue.add([newItem(itemIdOf('a'), ['removed', 'archive'])]);
  const courier = start();
  await events(1);
  await courier.drain();
  t.same(delivered, ['archive a']);
  t.same(whole(), [itemIdOf('a')]);
  t.match(shown[0], [{ delivery: 'archive' }, { delivery: 'removed', queued: 1 }]);
});

t.test('a queue that cannot be used is told of', async (t) => {
  const { queue, start, troubles } = setUp(t);
  const trouble = Promise.withResolvers<void>();
  start({
    queue: {
      ...queue,
      async owners() {
        trouble.resolve();
        throw new Error('the disk is gone');
      },
    },
  });
  await trouble.promise;
  await new Promise((resolve) => setImmediate(resolve));
  t.match(troubles, [{ message: 'the disk is gone' }]);
});

t.test('its end does not wait for ever', { timeout: 30_000 }, async (t) => {
  const { put, queue, start } = setUp(t);
  put(itemIdOf('a'), 'hello');
  await queue.add([newItem(itemIdOf('a'), ['archive'])]);
  const began = Promise.withResolvers<void>();
  const courier = start({ lastWordsMs: 1 }, () => {
    began.resolve();
    return new Promise(() => {});
  });
  await began.promise;
  await courier.close();
  t.match(await queue.list({ ids: [], delivery: null, state: null, limit: 10 }), [{ state: 'queued', attempts: 0 }]);
});
