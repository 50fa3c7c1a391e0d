import type { DeliveryPlan } from '../../contract/plan.ts';
import type { Outcome } from '../../contract/queue.ts';
import { lanePause } from './pauses.ts';

/** Whether a delivery's target is taken to be down, learned from what becomes of attempts. */
export interface TargetHealth {
  /** How many attempts may be made at once, just now. */
  width(): number;
  /** The target is tried with one thing at a time. */
  readonly isDown: boolean;
  /** True: a pause begins, and nothing more may be begun. */
  learn(result: Outcome['result']): boolean;
  /** What has changed since it was last asked, for people: null: nothing. */
  change(): HealthChange | null;
  /** Somebody says that it is worth a try. */
  forgive(): void;
}

/** `until`: when it is tried again, milliseconds since 1970. */
export type HealthChange = { readonly isDown: true; readonly until: number } | { readonly isDown: false };

export interface TargetHealthOptions {
  readonly plan: Pick<DeliveryPlan, 'concurrency' | 'retry'>;
  readonly now: () => number;
}

// Failures in a row after which the target is taken to be down: one item that cannot be delivered is no sign of it.
const leastPatience = 3;

export function createTargetHealth({ plan: { concurrency, retry }, now }: TargetHealthOptions): TargetHealth {
  const patience = Math.max(concurrency, leastPatience);
  let failures = 0;
  let pauses = 0;
  /** Until then nothing is tried, and then one thing at a time. */
  let pausedUntil = 0;
  /** It was, and nothing has come through since. */
  let wasDown = false;
  let isToldDown = false;
  const isDown = (): boolean => failures >= patience;

  return {
    get isDown() {
      return isDown();
    },
    width: () => (isDown() ? (now() >= pausedUntil ? 1 : 0) : concurrency),
    learn(result) {
      if (result === 'skipped' || result === 'back') return false;
      failures = result === 'retry' ? failures + 1 : 0;
      if (failures === 0) {
        pauses = 0;
        wasDown = false;
      }
      // Those that were under way when it was found out say nothing new.
      if (!isDown() || now() < pausedUntil) return false;
      pauses += 1;
      pausedUntil = now() + lanePause(retry, pauses);
      wasDown = true;
      return true;
    },
    change() {
      if (isToldDown === wasDown) return null;
      isToldDown = wasDown;
      return wasDown ? { isDown: true, until: pausedUntil } : { isDown: false };
    },
    forgive() {
      failures = 0;
      pauses = 0;
      pausedUntil = 0;
    },
  };
}
