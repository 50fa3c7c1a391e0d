/** Failures of one target: how long to wait after each, and which of them is the first of an outage and worth a word. */
export interface Outage {
  /** Returns the pause before the next try, in milliseconds. */
  failed(error: Error): number;
  worked(): void;
}

export interface OutageOptions {
  readonly shortestMs: number;
  readonly longestMs: number;
  /** How long a target must have worked for its next failure to be a new outage; until then it is the old one going on. */
  readonly settleMs: number;
  readonly began: (error: Error) => void;
  readonly now?: () => number;
  readonly random?: () => number;
}

export function createOutage(options: OutageOptions): Outage {
  const { shortestMs, longestMs, settleMs, began, now = () => performance.now(), random = Math.random } = options;
  let failures = 0;
  let workingSince: number | null = null;
  return {
    failed(error) {
      if (workingSince !== null && now() - workingSince >= settleMs) failures = 0;
      workingSince = null;
      if (failures === 0) began(error);
      const pause = Math.min(longestMs, shortestMs * 2 ** Math.min(failures, 30));
      failures += 1;
      // Many daemons that lost the same target shall not come back at the same moment.
      return pause * (0.5 + random() / 2);
    },
    worked() {
      workingSince ??= now();
    },
  };
}
