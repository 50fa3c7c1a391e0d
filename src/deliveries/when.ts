import type { Item } from '../contract/item.ts';
import type { DeliveryPlan } from '../contract/plan.ts';
import { fitsWildcards } from '../wire/wildcards.ts';

/** Whether a delivery wants an item. */
export function isWanted({ service, name }: DeliveryPlan['when'], item: Pick<Item, 'service' | 'name'>): boolean {
  if (service.length > 0 && !service.includes(item.service)) return false;
  return name === null || fitsWildcards(name, item.name);
}
