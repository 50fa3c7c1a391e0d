import type { Rate } from '../contract/plan.ts';

/** Allows `rate.count` at once and refills evenly over `rate.window`. */
export interface TokenBucket {
  /** Takes one; false when there is none. */
  take(now: number): boolean;
  isFull(now: number): boolean;
}

/** `now` is in milliseconds of any clock that never goes back. */
export function createTokenBucket(rate: Rate, startedAt: number): TokenBucket {
  const perMs = rate.count / rate.window;
  let tokens = rate.count;
  let filledAt = startedAt;
  const fill = (now: number): void => {
    tokens = Math.min(rate.count, tokens + (now - filledAt) * perMs);
    filledAt = now;
  };
  return {
    take(now) {
      fill(now);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    isFull(now) {
      fill(now);
      return tokens >= rate.count;
    },
  };
}
