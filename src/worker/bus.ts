import type { Bus, Json } from '../contract/bus.ts';
import type { ToMaster, ToWorker } from '../contract/channel.ts';

/** The worker's end of the bus; the master's is `master/bus.ts`. */
export interface WorkerBus extends Bus {
  receive(message: Extract<ToWorker, { type: 'bus' | 'bus-ask' | 'bus-gone' }>): void;
}

export interface WorkerBusOptions {
  readonly id: string;
  send(message: ToMaster): void;
  /** Asks the master and resolves with its answer. */
  ask(what: 'bus' | 'claim', argument: Json): Promise<Json>;
  /** What a listener threw. */
  failed(topic: string, error: unknown): void;
}

export function createWorkerBus(options: WorkerBusOptions): WorkerBus {
  const listeners = new Map<string, Set<(message: Json, from: string) => void>>();
  const handlers = new Map<string, (message: Json, from: string) => Json>();
  const gone = new Set<(id: string) => void>();
  const attempt = (topic: string, action: () => void): void => {
    try {
      action();
    } catch (error) {
      options.failed(topic, error);
    }
  };
  return {
    id: options.id,
    publish: (topic, message) => options.send({ type: 'bus', topic, message }),
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set();
      listeners.set(topic, set.add(listener));
      return () => set.delete(listener);
    },
    async request(topic, message) {
      // null: the master does not answer, because one of the two is about to end.
      return ((await options.ask('bus', { topic, message })) ?? []) as unknown as { from: string; reply: Json }[];
    },
    answer(topic, handler) {
      handlers.set(topic, handler);
      options.send({ type: 'bus-answers', topic, on: true });
      return () => {
        handlers.delete(topic);
        options.send({ type: 'bus-answers', topic, on: false });
      };
    },
    claim: async (name) => (await options.ask('claim', name)) === true,
    release: (name) => options.send({ type: 'release', name }),
    onGone(listener) {
      gone.add(listener);
      return () => gone.delete(listener);
    },
    receive(message) {
      if (message.type === 'bus') {
        for (const listener of listeners.get(message.topic) ?? [])
          attempt(message.topic, () => listener(message.message, message.from));
      } else if (message.type === 'bus-ask') {
        const handler = handlers.get(message.topic);
        if (handler === undefined) return;
        attempt(message.topic, () =>
          options.send({
            type: 'bus-reply',
            id: message.id,
            to: message.from,
            reply: handler(message.message, message.from),
          }),
        );
      } else {
        for (const listener of gone) attempt('gone', () => listener(message.id));
      }
    },
  };
}
