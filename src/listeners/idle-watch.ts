import type { LiveSession, SessionHost } from './session.ts';
import type { SessionTable } from './session-table.ts';

/**
 * Ends the sessions of a listener on which nothing has moved for the idle limit. It looks at all of them now and then:
 * a timer for each that every byte sets anew costs a tenth of what a short connection costs in all. So a session ends up
 * to a quarter of the limit late, and at most ten seconds.
 */
export interface IdleWatch {
  /** A session has begun: there is something to look at. */
  begin(): void;
}

const shortestMs = 10;
const longestMs = 5_000;

export function createIdleWatch(host: SessionHost, sessions: SessionTable): IdleWatch {
  const { idleMs } = host;
  if (idleMs === null) return { begin: () => {} };
  const everyMs = Math.min(longestMs, Math.max(shortestMs, idleMs / 8));
  let timer: NodeJS.Timeout | undefined;
  let count = 0;
  const visit = (session: LiveSession): void => {
    if (session.host !== host) return;
    count += 1;
    session.lookForLife(performance.now());
  };
  const look = (): void => {
    count = 0;
    sessions.each(visit);
    if (count > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return {
    begin() {
      timer ??= setInterval(look, everyMs).unref();
    },
  };
}
