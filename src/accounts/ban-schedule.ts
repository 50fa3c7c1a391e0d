import type { Ban } from '../contract/ban.ts';
import { createSoonest } from './soonest.ts';

/** Which ban ends next, and one timer for all of them. */
export interface BanSchedule {
  add(ban: Ban): void;
  /** Takes out those that have ended. */
  takeOver(time: number): Ban[];
  /** Takes out the one that ends first, but not that of `spared`; of those without an end the oldest. */
  takeFirst(spared: string | null): Ban | undefined;
  /** Ends have changed. */
  rebuild(): void;
  /** Calls `due` when the next one has ended. */
  wait(): void;
  close(): void;
}

export interface BanScheduleOptions {
  /** Those that hold: what is removed from here, or replaced, is passed over. */
  readonly bans: ReadonlyMap<string, Ban>;
  readonly now: () => number;
  readonly due: () => void;
}

// Not longer: the clock may be set while the timer runs. Not shorter: bans of an attack end as close together as they began.
const longestWaitMs = 60_000;
const shortestWaitMs = 100;
const maxPassedOver = 1_000;

export function createBanSchedule({ bans, now, due }: BanScheduleOptions): BanSchedule {
  let ends = createSoonest<Ban>(isBefore);
  let timer: NodeJS.Timeout | undefined;
  let timerAt = 0;
  let isClosed = false;
  const holds = (ban: Ban): boolean => bans.get(ban.source) === ban;

  return {
    add(ban) {
      ends.push(ban);
      if (ends.size > 2 * bans.size + maxPassedOver) rebuild();
    },
    takeOver(time) {
      const over: Ban[] = [];
      for (let ban = next(); ban !== undefined && endOf(ban) <= time; ban = next()) {
        ends.pop();
        over.push(ban);
      }
      return over;
    },
    takeFirst(spared) {
      const first = takeNext();
      if (first === undefined || first.source !== spared) return first;
      const second = takeNext();
      ends.push(first);
      return second;
    },
    rebuild,
    wait,
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };

  function next(): Ban | undefined {
    for (;;) {
      const ban = ends.peek();
      if (ban === undefined || holds(ban)) return ban;
      ends.pop();
    }
  }

  function takeNext(): Ban | undefined {
    const ban = next();
    ends.pop();
    return ban;
  }

  function rebuild(): void {
    ends = createSoonest(isBefore, [...bans.values()]);
  }

  function wait(): void {
    const ban = next();
    if (isClosed || ban === undefined || ban.until === null) return;
    const waitMs = Math.min(longestWaitMs, Math.max(shortestWaitMs, ban.until - now()));
    const at = performance.now() + waitMs;
    if (timer !== undefined && timerAt <= at) return;
    clearTimeout(timer);
    timerAt = at;
    timer = setTimeout(() => {
      timer = undefined;
      due();
      wait();
    }, waitMs).unref();
  }
}

function endOf({ until }: Ban): number {
  return until ?? Number.POSITIVE_INFINITY;
}

/** Bans without an end come last; of two that end together, the older one is the first. */
function isBefore(a: Ban, b: Ban): boolean {
  return endOf(a) === endOf(b) ? a.since < b.since : endOf(a) < endOf(b);
}
