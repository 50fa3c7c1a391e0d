import type { DeliveryPlan } from '../../contract/plan.ts';

export interface Failure {
  readonly retry: DeliveryPlan['retry'];
  /** How often it has failed by now, this time included. */
  readonly attempts: number;
  /** From when on the age of the item counts. */
  readonly since: number;
  readonly now: number;
  /** What the other side asked to wait; null: it did not. */
  readonly retryAfterMs: number | null;
  /** From 0 to 1: so that what failed together is not tried together. */
  readonly random: number;
}

const jitter = 0.2;

/** When an item is tried again; null: it is given up. The last attempt is made when its time is over. */
export function nextAttempt({ retry, attempts, since, now, retryAfterMs, random }: Failure): number | null {
  const end = since + retry.giveUp;
  if (now >= end) return null;
  const backOff = Math.min(retry.first * 2 ** Math.min(attempts - 1, 32), retry.longest);
  const spread = backOff * (1 - jitter * random);
  // What another says is no reason to wait for longer than the operator would.
  const asked = Math.min(retryAfterMs ?? 0, retry.longest);
  return Math.min(now + Math.round(Math.max(spread, asked)), end);
}

// A target that was down is looked at once a minute at the least: it costs one attempt.
const longestLanePauseMs = 60_000;

/** How long a delivery does nothing, the Nth time in a row that its target was found to be down. */
export function lanePause(retry: DeliveryPlan['retry'], times: number): number {
  return Math.min(retry.first * 2 ** Math.min(times - 1, 32), retry.longest, longestLanePauseMs);
}
