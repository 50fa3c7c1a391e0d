import { setTimeout as delay } from 'node:timers/promises';

import type { Bus } from '../../contract/bus.ts';

/** One session per mailbox, over all workers and all services (RFC 1939 4). */
export interface MailboxLock {
  /** null: another session has it, and keeps it. */
  take(account: string): Promise<Disposable | null>;
}

// A session that has just ended in another worker: the news may come later than the peer that comes again at once.
const tries = 4;
const pauseMs = 150;

/** Mailboxes that sessions of this worker have: the bus knows workers only. Two services of a worker share it. */
const heldOf = new WeakMap<Bus, Set<string>>();

export function createMailboxLock(bus: Bus): MailboxLock {
  const held = heldOf.get(bus) ?? new Set<string>();
  heldOf.set(bus, held);
  return {
    async take(account) {
      for (let left = tries; ; left -= 1) {
        const lock = await tryOnce(account);
        if (lock !== null || left <= 1) return lock;
        await delay(pauseMs);
      }
    },
  };

  async function tryOnce(account: string): Promise<Disposable | null> {
    if (held.has(account)) return null;
    held.add(account);
    let isOurs = false;
    try {
      isOurs = await bus.claim(claimOf(account));
    } finally {
      if (!isOurs) held.delete(account);
    }
    return isOurs ? createHold(account) : null;
  }

  /** Given back once: somebody else may have it by the second time. */
  function createHold(account: string): Disposable {
    let isHeld = true;
    return {
      [Symbol.dispose]() {
        if (!isHeld) return;
        isHeld = false;
        held.delete(account);
        bus.release(claimOf(account));
      },
    };
  }
}

function claimOf(account: string): string {
  return `mailbox ${account}`;
}
