export interface Run {
  /** How long nothing had arrived before it was started. */
  readonly waitedMs: number;
  readonly ranMs: number;
  readonly outcome: 'done' | 'failed' | 'not started';
}

export interface LoopGuard {
  /** How long to wait after this run before the next. */
  pauseAfter(run: Run): number;
}

// What speaks for a program that leaves on the socket what it was started for: it ends at once, and at once there is
// something to start it for again. One that takes a single datagram each time does the same while many arrive, but
// does not fail.
const suspicion = { done: 1, failed: 10, 'not started': 100 } as const;
const maxSuspicion = 100;
const quickMs = 1_000;
const idleMs = 100;
const firstPauseMs = 100;
const longestPauseMs = 10_000;

/** Keeps a program that takes nothing from being started over and over (inetd's "looping"), without giving up on it. */
export function createLoopGuard(): LoopGuard {
  let suspected = 0;
  let pauseMs = 0;
  return {
    pauseAfter({ waitedMs, ranMs, outcome }) {
      if (waitedMs >= idleMs || ranMs >= quickMs) [suspected, pauseMs] = [0, 0];
      suspected += suspicion[outcome];
      if (suspected < maxSuspicion) return 0;
      pauseMs = Math.min(Math.max(firstPauseMs, 2 * pauseMs), longestPauseMs);
      return pauseMs;
    },
  };
}
