import type { LiveSession } from './session.ts';

/** All sessions of a worker. */
export interface SessionTable {
  readonly size: number;
  add(session: LiveSession): void;
  delete(session: LiveSession): void;
  /** For the rare question about one of them. */
  get(id: string): LiveSession | undefined;
  values(): readonly LiveSession[];
  /** `visit` must not add or delete. */
  each(visit: (session: LiveSession) => void): void;
}

/**
 * Not a Map: where entries come and go all the time, one of V8's tables leads to the next, and a table that has grown old
 * keeps all sessions since then from the quick garbage collection.
 */
export function createSessionTable(): SessionTable {
  const sessions: LiveSession[] = [];
  return {
    get size() {
      return sessions.length;
    },
    add(session) {
      session.place = sessions.length;
      sessions.push(session);
    },
    delete(session) {
      if (sessions[session.place] !== session) return;
      const last = sessions.pop()!;
      if (last === session) return;
      last.place = session.place;
      sessions[session.place] = last;
    },
    get: (id) => sessions.find((session) => session.id === id),
    // A copy: who goes through them may end them.
    values: () => [...sessions],
    each(visit) {
      for (const session of sessions) visit(session);
    },
  };
}
