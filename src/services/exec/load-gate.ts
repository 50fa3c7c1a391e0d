import { loadavg } from 'node:os';

/** xinetd's `max_load`: keeps a busy machine from being given more to do. */
export interface LoadGate {
  /** Why no program may be started now; null when one may. */
  refusal(): string | null;
}

// The kernel itself works it out every five seconds.
const freshMs = 1_000;

export function createLoadGate(
  maxLoad: number | undefined,
  readLoad: () => number = () => loadavg()[0] ?? 0,
  now: () => number = () => performance.now(),
): LoadGate {
  if (maxLoad === undefined) return { refusal: () => null };
  let load = 0;
  let readAt = -Infinity;
  return {
    refusal() {
      const time = now();
      if (time - readAt >= freshMs) [load, readAt] = [readLoad(), time];
      return load > maxLoad ? `the load is ${load.toFixed(2)}, more than ${maxLoad}` : null;
    },
  };
}
