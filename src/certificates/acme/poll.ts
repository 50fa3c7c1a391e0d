import type { AcmeError } from './acme-error.ts';
import type { Clock } from './clock.ts';

/** One look at something that is not finished yet: `value` is null until it is. */
export interface Look<T> {
  readonly value: T | null;
  readonly retryAfterMs: number | null;
}

export interface PollOptions {
  readonly clock: Clock;
  /** How long to wait in all. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  tooSlow(): AcmeError;
}

const firstPauseMs = 1_000;
const longestPauseMs = 10_000;

/** Looks until there is something, as far apart as the authority wants (RFC 8555 7.5.1), else ever farther. */
export async function poll<T>(look: () => Promise<Look<T>>, options: PollOptions): Promise<T> {
  const { clock, timeoutMs, signal, tooSlow } = options;
  let pauseMs = firstPauseMs;
  for (let leftMs = timeoutMs; ;) {
    const { value, retryAfterMs } = await look();
    if (value !== null) return value;
    if (leftMs <= 0) throw tooSlow();
    const waitMs = Math.min(Math.max(retryAfterMs ?? pauseMs, firstPauseMs), leftMs);
    await clock.wait(waitMs, signal);
    leftMs -= waitMs;
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}
