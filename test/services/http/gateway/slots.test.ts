import { mock } from 'node:test';

import t from 'tap';

import { HttpError } from '../../../../src/services/http/route.ts';
import { createSlots } from '../../../../src/services/http/gateway/slots.ts';

const busy = new HttpError(503, 'Too much is going on here already.', { 'retry-after': '5' });

const exchange = () => {
  const controller = new AbortController();
  return { signal: controller.signal, leave: () => controller.abort() };
};

t.test('who comes when all are taken waits, in turn', async (t) => {
  const slots = createSlots({ count: 2, queue: 2, patienceMs: 60_000 });
  const order: string[] = [];
  const first = await slots.take(exchange());
  const second = await slots.take(exchange());
  const third = Promise.resolve(slots.take(exchange())).then((give) => (order.push('third'), give));
  const fourth = Promise.resolve(slots.take(exchange())).then((give) => (order.push('fourth'), give));
  t.throws(() => slots.take(exchange()), busy, 'the queue is full');
  first();
  first();
  (await third)();
  (await fourth)();
  t.same(order, ['third', 'fourth'], 'given back twice is given back once');
  second();
  t.type(slots.take(exchange()), 'function', 'free again');
});

t.test('who leaves makes room in the queue', async (t) => {
  const slots = createSlots({ count: 1, queue: 1, patienceMs: 60_000 });
  const give = await slots.take(exchange());
  const leaving = exchange();
  const waiting = Promise.resolve(slots.take(leaving));
  leaving.leave();
  await t.rejects(waiting, busy);
  const next = slots.take(exchange());
  give();
  t.type(await next, 'function');
});

t.test('nobody waits for ever', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const slots = createSlots({ count: 1, queue: 1, patienceMs: 1_000 });
  await slots.take(exchange());
  const waiting = Promise.resolve(slots.take(exchange()));
  mock.timers.tick(1_000);
  await t.rejects(waiting, busy);
});
