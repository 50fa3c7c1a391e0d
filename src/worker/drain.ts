import { setTimeout as delay } from 'node:timers/promises';

import type { SessionTable } from '../listeners/session-table.ts';

/** How a worker ends: nothing new is accepted, what runs comes to its end or to the deadline. */
export interface Drain {
  /** Aborted when it begins. */
  readonly signal: AbortSignal;
  /** Calls `exit` after the last session, or some seconds after the deadline. */
  begin(deadlineMs: number): void;
  /** Ends what is left at once; resolves when it has ended, or has had the time for that. */
  hurry(): Promise<void>;
  /** A session has left the table. */
  sessionEnded(): void;
}

export interface DrainOptions {
  readonly sessions: SessionTable;
  /** Closes all listeners; resolves when what they let in is in the table, or gone. */
  close(): Promise<unknown>;
  exit(): void;
}

// Programs get TERM and five seconds until KILL; sessions one second for a farewell.
const lastWordsMs = 6_000;

export function createDrain({ sessions, close, exit }: DrainOptions): Drain {
  const draining = new AbortController();
  let closing: Promise<unknown> | undefined;
  let isClosed = false;
  let lastEnded: PromiseWithResolvers<void> | undefined;
  let deadline: NodeJS.Timeout | undefined;

  /** A second call waits for the same. */
  function closeOnce(): Promise<unknown> {
    closing ??= close().then(() => (isClosed = true));
    return closing;
  }

  /** A connection in its TLS handshake is no session yet, and a program with a whole socket never is one. */
  function leaveIfDone(): void {
    if (isClosed && sessions.size === 0) exit();
  }

  /** Resolves after the last session. */
  function emptied(): Promise<void> {
    if (sessions.size === 0) return Promise.resolve();
    lastEnded ??= Promise.withResolvers<void>();
    return lastEnded.promise;
  }

  return {
    signal: draining.signal,
    begin(deadlineMs) {
      draining.abort();
      for (const session of sessions.values()) session.isDraining = true;
      void closeOnce().then(leaveIfDone);
      clearTimeout(deadline);
      deadline = setTimeout(() => {
        for (const session of sessions.values()) session.abort('drain');
        // The last of them to end lets the process exit; who does not leave within this time is left behind.
        deadline = setTimeout(exit, lastWordsMs);
      }, deadlineMs);
    },
    async hurry() {
      clearTimeout(deadline);
      draining.abort();
      // Not waited for: what is on its way in has no time left.
      void closeOnce();
      for (const session of sessions.values()) session.terminate('drain');
      await Promise.race([emptied(), delay(lastWordsMs, undefined, { ref: false })]);
    },
    sessionEnded() {
      if (!draining.signal.aborted || sessions.size > 0) return;
      lastEnded?.resolve();
      leaveIfDone();
    },
  };
}
