import type { DeliveryTarget } from '../../contract/item.ts';
import type { DeliveryPlan } from '../../contract/plan.ts';
import { mailboxDelivery } from '../../contract/queue.ts';

/** The targets of all deliveries, each opened when it is first needed. */
export interface Targets {
  for(delivery: string, plan: DeliveryPlan, mailbox: string): Promise<DeliveryTarget>;
  stop(): Promise<void>;
}

export interface TargetsOptions {
  openTarget(name: string, plan: DeliveryPlan): Promise<DeliveryTarget>;
  openMailbox(account: string): Promise<DeliveryTarget>;
}

// An open mailbox is little more than a path.
const maxMailboxes = 1_000;

export function createTargets({ openTarget, openMailbox }: TargetsOptions): Targets {
  const targets = new Map<string, Promise<DeliveryTarget>>();
  const mailboxes = new Map<string, Promise<DeliveryTarget>>();
  return {
    for: (delivery, plan, mailbox) =>
      delivery === mailboxDelivery
        ? once(mailboxes, mailbox, () => openMailbox(mailbox))
        : once(targets, delivery, () => openTarget(delivery, plan)),
    async stop() {
      await Promise.allSettled([...targets.values(), ...mailboxes.values()].map(async (each) => (await each).stop?.()));
    },
  };

  /** One that could not be opened is opened anew at the next attempt. */
  function once(
    map: Map<string, Promise<DeliveryTarget>>,
    key: string,
    open: () => Promise<DeliveryTarget>,
  ): Promise<DeliveryTarget> {
    const known = map.get(key);
    if (known !== undefined) return known;
    const [oldest] = map.keys();
    if (map.size >= maxMailboxes && oldest !== undefined) map.delete(oldest);
    const opened = open();
    map.set(key, opened);
    opened.catch(() => map.delete(key));
    return opened;
  }
}
