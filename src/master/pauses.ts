/** How long to wait before a worker that died is started again: at once the first time, then longer each time. */
export interface Pauses {
  /** Milliseconds to wait now; counts as one more death. */
  next(now: number): number;
}

const longestMs = 60_000;
// A worker that lived longer than this has shown that it can; the next death is a first one again.
const settledMs = 60_000;

export function createPauses(): Pauses {
  let deaths = 0;
  let startedAt = -Infinity;
  return {
    next(now) {
      if (now - startedAt > settledMs) deaths = 0;
      const pause = pauseAfter(deaths++);
      startedAt = now + pause;
      return pause;
    },
  };
}

function pauseAfter(deaths: number): number {
  return deaths === 0 ? 0 : Math.min(longestMs, 500 * 2 ** deaths);
}
