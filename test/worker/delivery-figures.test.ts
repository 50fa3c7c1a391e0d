import t from 'tap';

import { createCounters } from '../../src/logging/counters.ts';
import { createDeliveryFigures } from '../../src/worker/delivery-figures.ts';
import { deliveryPlan } from '../support/plans.ts';

function setUp(mailboxes: ReturnType<typeof deliveryPlan> | null = null) {
  const counters = createCounters();
  const figures = createDeliveryFigures(counters, { deliveries: { archive: deliveryPlan() }, mailboxes });
  const read = (name: string): Record<string, number> => {
    const values = counters.snapshot().find((metric) => metric.name === name)?.values ?? [];
    return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
  };
  return { figures, read };
}

const counts = (delivery: string, queued: number) => ({ delivery, queued, failed: 0, delivered: 0 });

t.test('everything is there with 0 before anything happens, so that the first failure is seen to come', async (t) => {
  const { read } = setUp(deliveryPlan());
  t.same(read('portico_deliveries_total'), {
    'archive done': 0,
    'archive retry': 0,
    'archive failed': 0,
    '@mailbox done': 0,
    '@mailbox retry': 0,
    '@mailbox failed': 0,
  });
  t.same(read('portico_delivery_queue'), { archive: 0, '@mailbox': 0 });
  t.same(read('portico_delivery_down'), { archive: 0, '@mailbox': 0 });
});

t.test('counts attempts, and shows whose target is down', async (t) => {
  const { figures, read } = setUp();
  figures.count('archive', 'retry');
  figures.count('archive', 'retry');
  figures.count('archive', 'failed');
  figures.showDown('archive', true);
  t.same(read('portico_deliveries_total'), { 'archive done': 0, 'archive retry': 2, 'archive failed': 1 });
  t.same(read('portico_delivery_down'), { archive: 1 });
  figures.showDown('archive', false);
  t.same(read('portico_delivery_down'), { archive: 0 });
});

t.test('a queue that is no longer named is empty, also that of a delivery that was removed', async (t) => {
  const { figures, read } = setUp();
  figures.showQueue([counts('archive', 3), counts('removed', 2)]);
  t.same(read('portico_delivery_queue'), { archive: 3, removed: 2 });
  figures.showQueue([]);
  t.same(read('portico_delivery_queue'), { archive: 0, removed: 0 });
});
