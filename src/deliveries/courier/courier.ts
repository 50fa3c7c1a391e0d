import type { LogFields, Logger } from '../../contract/logger.ts';
import type { DeliveryTarget } from '../../contract/item.ts';
import type { DeliveryPlan } from '../../contract/plan.ts';
import { mailboxDelivery, type DeliveryCounts, type QueueTable, type Task } from '../../contract/queue.ts';
import { isGone, ownMark } from '../../system/process-mark.ts';
import { createCleaner } from './cleaner.ts';
import { createLane, type Lane, type LaneEvent } from './lane.ts';
import { createSettler } from './settler.ts';
import type { HealthChange } from './target-health.ts';
import { createTargets } from './targets.ts';

/** Takes things out of the queue and delivers them, each delivery in a lane of its own. */
export interface Courier {
  /** Something new has come. */
  wake(): void;
  /** Somebody has ordered to try, by this delivery (null: by all): those that are taken to be down as well. */
  tryNow(delivery: string | null): void;
  /** Begins nothing new; resolves when what is under way has ended. */
  drain(): Promise<void>;
  /** The same, with little time. */
  close(): Promise<void>;
}

export interface CourierOptions {
  readonly deliveries: Readonly<Record<string, DeliveryPlan>>;
  /** null: accounts have no mailboxes. */
  readonly mailboxes: DeliveryPlan | null;
  readonly spool: string;
  readonly queue: QueueTable;
  openTarget(name: string, plan: DeliveryPlan): Promise<DeliveryTarget>;
  openMailbox(account: string): Promise<DeliveryTarget>;
  readonly house: CourierHouse;
  /** Who leases: the mark of a process. */
  readonly owner?: string;
  /** False: there can be nothing yet, and the first look waits for a second or for who wakes us. */
  readonly looksAtOnce?: boolean;
  /** How long `close` waits for what is under way. */
  readonly lastWordsMs?: number;
}

/** What the courier needs of the rest of the program. */
export interface CourierHouse {
  readonly log: Logger;
  emit(event: CourierEvent, fields: LogFields): void;
  count(delivery: string, result: 'done' | 'retry' | 'failed'): void;
  showQueue(counts: readonly DeliveryCounts[]): void;
  showDown(delivery: string, isDown: boolean): void;
  /** The queue cannot be used just now. */
  troubled(error: unknown): void;
}

export type CourierEvent = 'delivery.done' | 'delivery.retry' | 'delivery.failed' | 'delivery.down' | 'delivery.up';

const lookMs = 1_000;
const countMs = 2_000;
const minuteMs = 60_000;
const sweepMs = 600_000;
// Of the ten seconds that a process has for its end.
const defaultLastWordsMs = 5_000;

export function createCourier(options: CourierOptions): Courier {
  const { queue, house, owner = ownMark, spool, lastWordsMs = defaultLastWordsMs } = options;
  const stopping = new AbortController();
  const plans = {
    ...options.deliveries,
    ...(options.mailboxes === null ? {} : { [mailboxDelivery]: options.mailboxes }),
  };
  const settler = createSettler({ queue, owner, failed: house.troubled });
  const targets = createTargets(options);
  const cleaner = createCleaner({ queue, spool });
  const lanes = new Map<string, Lane>();
  for (const [name, plan] of Object.entries(plans)) {
    const lane = createLane({
      name,
      plan,
      targetFor: (task: Task) => targets.for(name, plan, task.mailbox),
      queue,
      settler,
      owner,
      spool,
      stopping: stopping.signal,
      tell,
      tellHealth: (change, reason) => tellHealth(name, change, reason),
    });
    lanes.set(name, lane);
  }
  const longestMs = Math.max(0, ...Object.values(plans).map(({ retry }) => retry.longest));
  let isClosing = false;
  let draining: Promise<void> | null = null;
  let ticks = 0;
  const timer = setInterval(() => void tick(), lookMs);
  if (options.looksAtOnce ?? true) void tick();

  const drain = (): Promise<void> => (draining ??= end());

  return {
    wake: () => void attempt(look),
    tryNow(delivery) {
      for (const [name, lane] of lanes) if (delivery === null || delivery === name) lane.forgive();
      void attempt(look);
    },
    drain,
    async close() {
      const patience = setTimeout(() => stopping.abort(), lastWordsMs);
      await drain();
      clearTimeout(patience);
      stopping.abort();
      await targets.stop();
    },
  };

  async function end(): Promise<void> {
    isClosing = true;
    clearInterval(timer);
    await Promise.all([...lanes.values()].map((lane) => lane.stop()));
    await settler.flush();
    await attempt(cleaner.clean);
  }

  async function tick(): Promise<void> {
    const isDue = (everyMs: number): boolean => (ticks * lookMs) % everyMs === 0;
    const [showsCounts, isMinute, sweeps] = [isDue(countMs), isDue(minuteMs), isDue(sweepMs)];
    ticks += 1;
    await attempt(async () => {
      if (isMinute) await tidy();
      await look();
      await cleaner.clean();
      if (showsCounts) house.showQueue(await queue.counts());
      if (sweeps) await sweep();
    });
  }

  async function look(): Promise<void> {
    if (!isClosing) await Promise.all([...lanes.values()].map((lane) => lane.look()));
  }

  /** What couriers before this one had leased when they died; and what waits for too long, because the clock was set back. */
  async function tidy(): Promise<void> {
    for (const other of await queue.owners()) {
      if (other !== owner && isGone(other)) await queue.release(other);
    }
    await queue.settleClock(Date.now(), longestMs);
  }

  async function sweep(): Promise<void> {
    const count = await cleaner.sweep();
    if (count > 0) house.log.notice('removed what had come but in part, or was never acknowledged', { count });
  }

  async function attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      house.troubled(error);
    }
  }

  function tellHealth(delivery: string, change: HealthChange, reason: string): void {
    house.showDown(delivery, change.isDown);
    if (!change.isDown) return house.emit('delivery.up', { delivery });
    house.emit('delivery.down', { delivery, reason, next: new Date(change.until).toISOString() });
  }

  function tell({ delivery, task, outcome, duration }: LaneEvent): void {
    const { result } = outcome;
    if (result === 'back' || result === 'skipped') return;
    house.count(delivery, result);
    const { id, item, mailbox, attempts } = task;
    house.emit(`delivery.${result}`, {
      delivery,
      service: item.service,
      session: item.session,
      id,
      name: item.name,
      size: item.size,
      mailbox: mailbox === '' ? undefined : mailbox,
      attempts: attempts + 1,
      duration: Math.round(duration * 1e6) / 1e6,
      reason: 'reason' in outcome ? outcome.reason : undefined,
      next: outcome.result === 'retry' ? new Date(outcome.at).toISOString() : undefined,
    });
  }
}
