import type { Rate } from '../../contract/index.ts';

export interface Pace {
  /** Whether one more is within the rate; counts it if it is. */
  take(): boolean;
}

/** A bucket of `count` tokens that fills evenly within `window` milliseconds. Starts full. */
export function createPace({ count, window }: Rate, now: () => number = () => performance.now()): Pace {
  let tokens = count;
  let filledAt = now();

  return {
    take() {
      const time = now();
      tokens = Math.min(count, tokens + ((time - filledAt) * count) / window);
      filledAt = time;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
