import { setTimeout as delay } from 'node:timers/promises';

import { reasonOf, TemporaryError } from '../../contract/errors.ts';
import type { DeliveryTarget, Item } from '../../contract/item.ts';
import type { DeliveryPlan } from '../../contract/plan.ts';
import type { Outcome, QueueTable, Task } from '../../contract/queue.ts';
import { printable } from '../../wire/printable.ts';
import { isWanted } from '../when.ts';
import { attemptDelivery, StoppedError } from './attempt.ts';
import { nextAttempt } from './pauses.ts';
import type { Settler } from './settler.ts';
import { openItem } from './spool-item.ts';
import { createTargetHealth, type HealthChange } from './target-health.ts';

/** One delivery: takes its tasks out of the queue in their order and makes so many attempts at once. */
export interface Lane {
  /** Something new may have come, or become due. */
  look(): Promise<void>;
  /** Somebody has ordered to try: a target that is taken to be down is not waited for. */
  forgive(): void;
  /** Begins nothing new, gives back what has not begun, and resolves when the rest has ended. */
  stop(): Promise<void>;
}

export interface LaneOptions {
  readonly name: string;
  readonly plan: DeliveryPlan;
  /** Rejects as long as there is none. */
  targetFor(task: Task): Promise<DeliveryTarget>;
  readonly queue: Pick<QueueTable, 'lease'>;
  readonly settler: Settler;
  readonly owner: string;
  readonly spool: string;
  /** Ends attempts that are under way. */
  readonly stopping: AbortSignal;
  readonly tell: (event: LaneEvent) => void;
  /** The target is taken to be down, because of this, or is up again. */
  readonly tellHealth: (change: HealthChange, reason: string) => void;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** What has become of one attempt. */
export interface LaneEvent {
  readonly delivery: string;
  readonly task: Task;
  readonly outcome: Outcome;
  /** Seconds. */
  readonly duration: number;
}

// Leased ahead when a target is quick: a lease costs a transaction, and there may be many thousands to do.
const mostAhead = 64;
const quickMs = 1_000;
// While things keep coming, those of such a time are leased together. What comes alone does not wait.
const gatherMs = 20;
const leaseMarginMs = 60_000;
const maxReasonLength = 500;

export function createLane(options: LaneOptions): Lane {
  const { name, plan, queue, settler, owner, now = Date.now, random = Math.random } = options;
  const { concurrency, timeout, retry } = plan;
  const running = new Set<Promise<void>>();
  let waiting: Task[] = [];
  let ahead = concurrency;
  let leasedAt = 0;
  /** Until when there is most likely nothing more, by the clock that never jumps. */
  let emptyUntil = 0;
  let retriesFirst = true;
  let isStopping = false;
  let looking: Promise<void> | null = null;

  const health = createTargetHealth({ plan, now });
  const look = (): Promise<void> => (looking ??= refill().finally(() => (looking = null)));

  return {
    look,
    forgive: health.forgive,
    async stop() {
      isStopping = true;
      await looking?.catch(() => {});
      giveBack();
      while (running.size > 0) await Promise.allSettled(running);
    },
  };

  async function refill(): Promise<void> {
    if (waiting.length === 0) await gather();
    if (isStopping || running.size >= health.width()) return;
    if (waiting.length === 0) {
      const limit = health.isDown ? 1 : ahead;
      const at = now();
      const until = at + (timeout + leaseMarginMs) * (Math.ceil(limit / concurrency) + 1);
      retriesFirst = !retriesFirst;
      waiting = [...(await queue.lease({ delivery: name, limit, now: at, until, owner, retriesFirst }))];
      ahead = at - leasedAt < quickMs ? Math.min(ahead * 2, mostAhead) : concurrency;
      leasedAt = at;
      emptyUntil = waiting.length < limit ? performance.now() + gatherMs : 0;
    }
    start();
  }

  async function gather(): Promise<void> {
    const restMs = emptyUntil - performance.now();
    if (restMs > 0) await delay(restMs);
  }

  function start(): void {
    while (!isStopping && waiting.length > 0 && running.size < health.width()) {
      const task = waiting.shift() as Task;
      const run = deliver(task).finally(() => {
        running.delete(run);
        start();
        if (waiting.length === 0) void look().catch(() => {});
      });
      running.add(run);
    }
  }

  async function deliver(task: Task): Promise<void> {
    const began = performance.now();
    const key = { id: task.id, delivery: task.delivery, mailbox: task.mailbox };
    const outcome = await attempt(task).then(
      (result): Outcome => ({ ...key, ...result }),
      (error: unknown): Outcome => ({ ...key, ...resultOf(task, error) }),
    );
    if (health.learn(outcome.result)) {
      ahead = concurrency;
      giveBack();
    }
    settler.settle(outcome);
    options.tell({ delivery: name, task, outcome, duration: (performance.now() - began) / 1000 });
    const change = health.change();
    if (change !== null) options.tellHealth(change, 'reason' in outcome ? outcome.reason : '');
  }

  async function attempt(task: Task): Promise<Result> {
    if (!isWanted(plan.when, task.item)) return { result: 'skipped' };
    const item = open(task);
    if (typeof item === 'string') return { result: 'failed', reason: item };
    const target = await options.targetFor(task).catch((error: unknown) => {
      throw new TemporaryError(reasonOf(error));
    });
    await attemptDelivery({ target, item, timeoutMs: timeout, stopping: options.stopping });
    return { result: 'done' };
  }

  function open({ item }: Task): Item | string {
    try {
      return openItem(options.spool, item);
    } catch (error) {
      throw new TemporaryError(`its file cannot be read: ${reasonOf(error)}`);
    }
  }

  function resultOf({ attempts, since }: Task, error: unknown): Result {
    if (error instanceof StoppedError) return { result: 'back' };
    const reason = printable(reasonOf(error), maxReasonLength);
    if (!(error instanceof TemporaryError)) return { result: 'failed', reason };
    const { retryAfterMs } = error;
    const at = nextAttempt({ retry, attempts: attempts + 1, since, now: now(), retryAfterMs, random: random() });
    if (at === null) return { result: 'failed', reason: `given up after ${attempts + 1} attempts: ${reason}` };
    return { result: 'retry', at, reason };
  }

  function giveBack(): void {
    for (const { id, delivery, mailbox } of waiting) settler.settle({ id, delivery, mailbox, result: 'back' });
    waiting = [];
  }
}

type Result =
  | { readonly result: 'done' | 'skipped' | 'back' }
  | { readonly result: 'retry'; readonly at: number; readonly reason: string }
  | { readonly result: 'failed'; readonly reason: string };
