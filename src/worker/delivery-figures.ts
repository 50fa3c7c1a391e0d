import { mailboxDelivery, type DeliveryCounts } from '../contract/queue.ts';
import type { CourierOptions } from '../contract/courier.ts';
import type { Counters } from '../logging/counters.ts';
import { metrics } from '../logging/metrics.ts';

/** What the metrics say of deliveries. */
export interface DeliveryFigures {
  count(delivery: string, result: 'done' | 'retry' | 'failed'): void;
  showQueue(counts: readonly DeliveryCounts[]): void;
  showDown(delivery: string, isDown: boolean): void;
}

/** All of a configuration begin at 0: a count that appears with its first failure has not grown, to who watches it. */
export function createDeliveryFigures(
  counters: Pick<Counters, 'counter' | 'gauge'>,
  { deliveries, mailboxes }: Pick<CourierOptions, 'deliveries' | 'mailboxes'>,
): DeliveryFigures {
  const tally = counters.counter(metrics.deliveries);
  const queued = counters.gauge({ ...metrics.deliveryQueue, aggregator: 'max' });
  const down = counters.gauge({ ...metrics.deliveryDown, aggregator: 'max' });
  const shown = new Set([...Object.keys(deliveries), ...(mailboxes === null ? [] : [mailboxDelivery])]);
  for (const delivery of shown) {
    for (const result of ['done', 'retry', 'failed']) tally.of({ delivery, result });
    queued.set(0, { delivery });
    down.set(0, { delivery });
  }
  return {
    count: (delivery, result) => tally.increase({ delivery, result }),
    showQueue(counts) {
      for (const { delivery } of counts) shown.add(delivery);
      // Nothing is said of those of which nothing is left.
      for (const delivery of shown)
        queued.set(counts.find((count) => count.delivery === delivery)?.queued ?? 0, { delivery });
    },
    showDown: (delivery, isDown) => down.set(isDown ? 1 : 0, { delivery }),
  };
}
