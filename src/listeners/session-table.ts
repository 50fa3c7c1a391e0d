import { createBag, type Bag } from '../wire/bag.ts';
import type { LiveSession } from './session.ts';

/** All sessions of a worker. */
export interface SessionTable extends Bag<LiveSession> {
  /** For the rare question about one of them. */
  get(id: string): LiveSession | undefined;
}

export function createSessionTable(): SessionTable {
  const bag = createBag<LiveSession>();
  // Not spread: the size is asked for each time.
  return Object.assign(bag, { get: (id: string) => bag.values().find((session) => session.id === id) });
}
