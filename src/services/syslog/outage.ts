import { reasonOf } from '../../contract/errors.ts';
import type { Logger } from '../../contract/logger.ts';

/** Failures of one outlet: two log lines for an outage, however often it is tried meanwhile. */
export interface Outage {
  /** How long to wait before the next try, milliseconds. */
  failed(error: unknown): number;
  worked(): void;
}

export interface OutageOptions {
  /** What cannot be done, as a sentence begins: "messages cannot be written to ./messages.log". */
  readonly trouble: string;
  readonly log: Logger;
  readonly now?: () => number;
}

const shortestPauseMs = 500;
const longestPauseMs = 60_000;
// Who fails again so soon has not got over it.
const settleMs = 10_000;

export function createOutage({ trouble, log, now = () => performance.now() }: OutageOptions): Outage {
  let began: number | null = null;
  let failures = 0;
  let workedAt: number | null = null;
  return {
    failed(error) {
      if (began === null && (workedAt === null || now() - workedAt >= settleMs)) failures = 0;
      if (failures === 0) log.err(trouble, { error: reasonOf(error) });
      began ??= now();
      failures += 1;
      return Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(failures - 1, 20));
    },
    worked() {
      if (began === null) return;
      if (workedAt === null || now() - workedAt >= settleMs)
        log.notice('messages are stored again', { seconds: Math.round((now() - began) / 1000) });
      began = null;
      workedAt = now();
    },
  };
}
