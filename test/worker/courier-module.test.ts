import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { CourierOptions } from '../../src/contract/courier.ts';
import type { LogFields } from '../../src/contract/logger.ts';
import { createCounters } from '../../src/logging/counters.ts';
import { openStore } from '../../src/store/store.ts';
import { createCourierModule, loadTargets } from '../../src/worker/courier-module.ts';
import { createFakeContext } from '../support/fake-context.ts';
import { deliveryPlan } from '../support/plans.ts';
import { itemIdOf, newItem, queuedItem, scratchSpool } from '../support/spool.ts';

async function setUp(t: Test, deliveries: CourierOptions['deliveries']) {
  const { spool, put, whole } = scratchSpool(t);
  const folder = t.testdirName;
  const store = openStore(join(folder, 'portico.db'));
  const counters = createCounters();
  const events: (readonly [string, LogFields])[] = [];
  let wake = Promise.withResolvers<void>();
  const courier = createCourierModule({
    counters,
    emit(event, fields) {
      events.push([event, fields]);
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
  });
  const options: CourierOptions = { folder, spool, mail: join(folder, 'mail'), deliveries, mailboxes: deliveryPlan() };
  await loadTargets(options);
  const service = await courier.module.create(options, createFakeContext());
  t.teardown(async () => {
    await service.stop?.();
    store.close();
  });
  return {
    courier,
    service,
    queue: store.queue,
    put,
    whole,
    folder,
    counters,
    async event(name: string) {
      for (;;) {
        const found = events.find(([event]) => event === name);
        if (found !== undefined) return found[1];
        await wake.promise;
      }
    },
  };
}

t.test('delivers as configured, and puts mail into mailboxes', async (t) => {
  const archive = deliveryPlan({ options: { path: './archive', name: '{id}' }, base: t.testdirName });
  const { courier, service, queue, put, folder, counters, event, whole } = await setUp(t, { archive });
  const id = itemIdOf('a');
  put(id, 'hello');
  await queue.add([{ item: queuedItem(id), deliveries: ['archive'], mailboxes: ['alice'] }]);
  courier.wake();
  await event('delivery.done');
  await service.drain?.();
  t.equal(fs.readFileSync(join(folder, 'archive', id), 'utf8'), 'hello');
  t.equal(fs.readdirSync(join(folder, 'mail/alice/new')).length, 1);
  t.same(whole(), []);
  const total = counters.snapshot().find(({ name }) => name === 'portico_deliveries_total');
  const done = total?.values.filter(({ labels }) => labels['result'] === 'done');
  t.match(done, [
    { value: 1, labels: { delivery: 'archive' } },
    { value: 1, labels: { delivery: '@mailbox' } },
  ]);
});

t.test('a kind of delivery that there is none of waits for a release that has it', async (t) => {
  const { courier, queue, put, event } = await setUp(t, { archive: deliveryPlan({ type: 'pigeon' }) });
  put(itemIdOf('a'), 'hello');
  await queue.add([newItem(itemIdOf('a'), ['archive'], { received: Date.now() })]);
  courier.wake();
  t.match(await event('delivery.retry'), { delivery: 'archive', reason: 'there is no kind of delivery called pigeon' });
});

t.test('a queue that cannot be opened is told of once, when it lasts', { timeout: 30_000 }, async (t) => {
  const events: string[] = [];
  const told = Promise.withResolvers<void>();
  const courier = createCourierModule({
    counters: createCounters(),
    emit(event) {
      events.push(event);
      told.resolve();
    },
  });
  const folder = t.testdir({ 'portico.db': 'this is no database, but longer than a page of it would be'.repeat(20) });
  const options: CourierOptions = {
    folder,
    spool: folder,
    mail: folder,
    deliveries: { a: deliveryPlan() },
    mailboxes: null,
  };
  const service = await courier.module.create(options, createFakeContext());
  for (let at = 0; at < 10; at += 1) courier.wake();
  await told.promise;
  await service.stop?.();
  t.same(events, ['store.failed']);
});
