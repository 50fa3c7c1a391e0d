import type { Endpoint } from '../contract/endpoint.ts';
import type { RefusalReason } from '../contract/session.ts';

// Whoever is refused decides how often: a flood from a refused network, or from addresses that are made up, must not
// fill the disk.

export interface Refusal {
  readonly reason: RefusalReason;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly detail?: string | undefined;
}

/** Tells of refusals one by one while they are few, and how many there were, by reason, when they are many. */
export interface RefusalSummary {
  add(refusal: Refusal): void;
  /** Tells now what is counted and not told; for the end, but more may come after it. */
  flush(): void;
}

export interface RefusalSummaryOptions {
  /** How many are told one by one in a second. */
  readonly maxSingle: number;
  tell(refusal: Refusal): void;
  /** `last` stands for `count` refusals with the same reason, those since the last that was told. */
  tellMany(last: Refusal, count: number): void;
  /** Calls once, after that time; it must not keep the process. */
  readonly after?: (ms: number, call: () => void) => void;
}

const windowMs = 1000;

export function createRefusalSummary(options: RefusalSummaryOptions): RefusalSummary {
  const { maxSingle, tell, tellMany, after = later } = options;
  let told = 0;
  let isOpen = false;
  const untold = new Map<RefusalReason, { last: Refusal; count: number }>();

  return {
    add(refusal) {
      if (!isOpen) open();
      if (told < maxSingle) {
        told += 1;
        return tell(refusal);
      }
      const { count } = untold.get(refusal.reason) ?? { count: 0 };
      untold.set(refusal.reason, { last: refusal, count: count + 1 });
    },
    flush,
  };

  function open(): void {
    isOpen = true;
    after(windowMs, close);
  }

  function close(): void {
    isOpen = false;
    told = 0;
    if (untold.size === 0) return;
    // What is told here is told in the second that begins: a flood that goes on gets no line more than the bound.
    open();
    flush();
  }

  function flush(): void {
    const all = [...untold.values()];
    untold.clear();
    told += all.length;
    for (const { last, count } of all) tellMany(last, count);
  }
}

function later(ms: number, call: () => void): void {
  setTimeout(call, ms).unref();
}
