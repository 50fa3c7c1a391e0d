import type { Terms } from './negotiate.ts';

/** How long to wait for an answer, and how often to ask again. */
export interface Patience {
  /** Milliseconds until the first repetition; each of the next waits twice as long. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** How often a packet is sent before its transfer is given up. */
  readonly tries: number;
  /** The same for the first answer, because the request may have been forged. */
  readonly firstTries: number;
  /** How long the last acknowledgement can be asked for again (RFC 1350 6). */
  readonly dallyMs: number;
  /** How long after the first answer a request that comes again is still the one that the transfer began with. */
  readonly lateMs: number;
}

export const usualPatience: Patience = {
  firstMs: 1_000,
  longestMs: 8_000,
  tries: 6,
  firstTries: 3,
  dallyMs: 5_000,
  lateMs: 1_000,
};

/** Waits for one answer at a time. */
export interface Waiting {
  /** Milliseconds that are left until the packet has to be sent again. */
  left(): number;
  /** The packet is sent again, and the wait begins anew. False: it was sent often enough. */
  again(): boolean;
  /** There was progress: what is sent next is another packet. */
  restart(): void;
}

export function createWaiting(patience: Patience, { timeoutMs }: Pick<Terms, 'timeoutMs'>): Waiting {
  let sent = 1;
  let tries = patience.firstTries;
  let hasAnswered = false;
  let deadline = 0;
  const wait = (): void => {
    const usualMs = Math.min(patience.firstMs * 2 ** (sent - 1), patience.longestMs);
    // RFC 2349: who asks for a time gets it. Not before it has shown that it is there: four minutes for a request that may
    // have been forged would keep the place from all others.
    deadline = performance.now() + (hasAnswered ? (timeoutMs ?? usualMs) : Math.min(timeoutMs ?? usualMs, usualMs));
  };
  wait();
  return {
    left: () => Math.max(0, Math.ceil(deadline - performance.now())),
    again() {
      sent += 1;
      wait();
      return sent <= tries;
    },
    restart() {
      hasAnswered = true;
      sent = 1;
      tries = patience.tries;
      wait();
    },
  };
}
