import { setTimeout as delay } from 'node:timers/promises';

import type { Bus } from '../../contract/bus.ts';
import { TemporaryError } from '../../contract/errors.ts';

/** Who gives numbers to messages, or makes and removes mailboxes, does it alone: over all workers and all services. */
export interface AccountLock {
  /** Rejects with a TemporaryError when others do not let go of it. */
  hold<T>(account: string, task: () => Promise<T>): Promise<T>;
}

const giveUpMs = 15_000;
const longestPauseMs = 100;

/** The ends of the rows of this worker, by account: the bus knows workers only. Two services of a worker share it. */
const rowsOf = new WeakMap<Bus, Map<string, Promise<void>>>();

export function createAccountLock(bus: Bus): AccountLock {
  const rows = rowsOf.get(bus) ?? new Map<string, Promise<void>>();
  rowsOf.set(bus, rows);
  return {
    async hold(account, task) {
      const before = rows.get(account);
      const { promise, resolve } = Promise.withResolvers<void>();
      rows.set(account, promise);
      await before;
      const name = `imap ${account}`;
      try {
        await claim(bus, name);
        try {
          return await task();
        } finally {
          bus.release(name);
        }
      } finally {
        if (rows.get(account) === promise) rows.delete(account);
        resolve();
      }
    },
  };
}

async function claim(bus: Bus, name: string): Promise<void> {
  const began = performance.now();
  for (let pauseMs = 2; !(await bus.claim(name)); pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    if (performance.now() - began > giveUpMs) throw new TemporaryError('others are at work on the mailbox');
    await delay(pauseMs);
  }
}
