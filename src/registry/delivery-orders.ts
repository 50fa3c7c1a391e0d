import type { Json } from '../contract/bus.ts';
import type { QueueTable } from '../contract/queue.ts';
import type { DeliveryRequest } from '../contract/registry.ts';

/** What the command line asks and orders of the queue. */
export async function answerDeliveryRequest(
  request: DeliveryRequest,
  { queue, wake }: { readonly queue: QueueTable; readonly wake: (tryNow?: string | null) => void },
): Promise<Json> {
  const now = Date.now();
  switch (request.what) {
    case 'delivery-counts':
      return (await queue.counts()) as unknown as Json;
    case 'delivery-list':
      return (await queue.list({ ...request.choice, state: request.state, limit: request.limit })) as unknown as Json;
    case 'delivery-show':
      return (await queue.find(request.id)) as unknown as Json;
    case 'delivery-retry':
      return woken(await queue.retry(request.choice, now), request.choice.delivery);
    case 'delivery-drop':
      return woken(await queue.drop(request.choice));
    case 'delivery-replay':
      return woken(
        await queue.replay({ ...request.choice, to: request.to }, now),
        request.to ?? request.choice.delivery,
      );
  }

  function woken(count: number, tryNow?: string | null): number {
    if (count > 0) wake(tryNow);
    return count;
  }
}
