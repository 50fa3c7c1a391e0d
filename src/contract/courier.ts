import type { DeliveryPlan } from './plan.ts';

/** The courier's own options, in place of a service's. */
export interface CourierOptions {
  /** Folder of the database. */
  readonly folder: string;
  readonly spool: string;
  /** Folder of mailboxes, one for each account. */
  readonly mail: string;
  readonly deliveries: Readonly<Record<string, DeliveryPlan>>;
  /** How mail is put into mailboxes; null: there are none. */
  readonly mailboxes: DeliveryPlan | null;
}
