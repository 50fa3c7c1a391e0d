import type { Logger } from '../../contract/logger.ts';

/** Messages for which there was no room: one log line for all that are lost in a row. */
export interface Losses {
  add(): void;
  /** Tells what was not told yet. */
  close(): void;
}

export interface LossesOptions {
  readonly log: Logger;
  /** Whether there is still no room. */
  isFull(): boolean;
  readonly firstMs?: number;
}

const longestMs = 600_000;

export function createLosses({ log, isFull, firstMs = 10_000 }: LossesOptions): Losses {
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;

  const tell = (): void => {
    timer = undefined;
    if (lost > 0) log.warning('messages were lost: more came than could be stored', { count: lost });
    lost = 0;
  };
  /** While it goes on, the count would be out of date at once. */
  const look = (waitedMs: number): void => {
    if (isFull()) wait(Math.min(2 * waitedMs, longestMs));
    else tell();
  };
  const wait = (ms: number): void => {
    timer = setTimeout(look, ms, ms);
  };

  return {
    add() {
      lost += 1;
      if (timer === undefined) wait(firstMs);
    },
    close() {
      clearTimeout(timer);
      tell();
    },
  };
}
