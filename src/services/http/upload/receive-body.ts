import type { DeliveryDesk, Envelope, Receipt } from '../../../contract/delivery.ts';
import { readBody } from '../body.ts';
import type { Exchange } from '../route.ts';

/** Takes in the body as it is. The draft is begun first: what cannot be stored is not read. */
export async function receiveBody(
  { request }: Exchange,
  desk: DeliveryDesk,
  envelope: Envelope,
  maxBytes: number,
): Promise<Receipt> {
  await using draft = await desk.begin(envelope);
  for await (const chunk of readBody(request, maxBytes)) await draft.write(chunk);
  // Awaited here: the draft is thrown away when this function returns.
  return await draft.commit();
}
