import type { Connection } from './connection.ts';

/**
 * All connections of a service. Not a Map: where entries come and go all the time, one of V8's tables leads to the next, and a
 * table that has grown old keeps all connections since then from the quick garbage collection.
 */
export interface ConnectionTable {
  add(connection: Connection): void;
  delete(connection: Connection): void;
  /** A copy: who goes through them may end them. */
  values(): readonly Connection[];
}

export function createConnectionTable(): ConnectionTable {
  const connections: Connection[] = [];
  return {
    add(connection) {
      connection.place = connections.length;
      connections.push(connection);
    },
    delete(connection) {
      if (connections[connection.place] !== connection) return;
      const last = connections.pop()!;
      if (last === connection) return;
      last.place = connection.place;
      connections[connection.place] = last;
    },
    values: () => [...connections],
  };
}
