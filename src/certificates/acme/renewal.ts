// When to ask for a certificate again. Pure: the clock and chance are the caller's.
import { createHash } from 'node:crypto';

/** Milliseconds since 1970. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

// What is left of the lifetime at the renewal: a third, or up to a tenth of that less, so that machines which were set up
// together do not come together.
const share = 1 / 3;
const spread = 1 / 10;

/** When to renew: for 90 days, with 30 to 27 days left. `jitter` is in [0, 1), and the same for one certificate. */
export function renewAt({ notBefore, notAfter }: Validity, jitter: number): number {
  const leftMs = (notAfter - notBefore) * share * (1 - spread * jitter);
  return Math.round(notAfter - leftMs);
}

/** A number in [0, 1) that belongs to a text, the certificate's fingerprint say: it outlives a restart. */
export function jitterOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}

export interface Failure {
  /** In a row, this one included. */
  readonly failures: number;
  /** What the authority said (AcmeError.retryAfterMs). */
  readonly retryAfterMs: number | null;
  /** How long the certificate that is served is still valid; 0 or less: there is none. */
  readonly leftMs: number;
  /** In [0, 1). */
  readonly random: number;
}

const shortestMs = minuteMs;
const longestMs = dayMs;
// Let's Encrypt allows five failures an hour and name: the fifth of these comes after an hour and a half.
const growth = 4;

/** How long to wait after a failure: 1, 4, 16, 64 minutes, 4, 17 hours, a day, and up to a fifth more. */
export function waitAfterFailure({ failures, retryAfterMs, leftMs, random }: Failure): number {
  const grown = Math.min(shortestMs * growth ** Math.max(failures - 1, 0), longestMs);
  // A certificate that lives for some days must not run out during one pause.
  const bounded = leftMs > 0 ? Math.min(grown, Math.max(leftMs / 4, hourMs)) : grown;
  // Never earlier than the authority wants it.
  return Math.round(Math.max(bounded, retryAfterMs ?? 0) * (1 + random / 5));
}

/** How long a timer may sleep until `at`: an hour at most, because clocks are set and machines are suspended. */
export function sleepUntil(at: number, now: number): number {
  return Math.min(Math.max(at - now, 0), hourMs);
}
