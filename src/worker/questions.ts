import type { Json } from '../contract/bus.ts';

/** Questions under way, each waiting for the reply with its number. Both ends of a channel have such a book. */
export interface Questions {
  /** Sends by `send(id)` and resolves with the reply; null when none comes in time or the other side has gone. */
  ask(send: (id: number) => void, timeoutMs?: number): Promise<Json>;
  answered(id: number, value: Json): void;
  /** The other side has gone: nobody will answer. */
  close(): void;
}

const defaultTimeoutMs = 5_000;

export function createQuestions(): Questions {
  const waiting = new Map<number, (value: Json) => void>();
  let lastId = 0;
  let isClosed = false;
  return {
    ask(send, timeoutMs = defaultTimeoutMs) {
      if (isClosed) return Promise.resolve(null);
      const id = ++lastId;
      const { promise, resolve } = Promise.withResolvers<Json>();
      const timer = setTimeout(() => settle(id, null), timeoutMs);
      waiting.set(id, (value) => {
        clearTimeout(timer);
        resolve(value);
      });
      send(id);
      return promise;
    },
    answered: (id, value) => settle(id, value),
    close() {
      isClosed = true;
      for (const id of waiting.keys()) settle(id, null);
    },
  };

  function settle(id: number, value: Json): void {
    const done = waiting.get(id);
    waiting.delete(id);
    done?.(value);
  }
}
