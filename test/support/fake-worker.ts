import type { Json } from '../../src/contract/bus.ts';
import type { ToWorker } from '../../src/contract/channel.ts';
import type { PoolWorker } from '../../src/master/pool.ts';

export interface FakePoolWorker extends PoolWorker {
  /** What it was sent, questions aside. */
  readonly told: readonly ToWorker[];
  /** What it was asked, in order. */
  readonly asked: readonly Asked[];
}

export interface Asked {
  readonly what: Parameters<PoolWorker['ask']>[0];
  readonly argument: Json;
  readonly timeoutMs: number;
}

export interface FakePoolWorkerOptions {
  readonly pool?: string;
  readonly generation?: number;
  /** What it answers; null, as from one that is too busy, where nothing is said. */
  readonly answer?: (asked: Asked) => Json | Promise<Json>;
}

/** A worker of the master's without a process. */
export function createFakePoolWorker(id: string, options: FakePoolWorkerOptions = {}): FakePoolWorker {
  const told: ToWorker[] = [];
  const asked: Asked[] = [];
  return {
    process: {
      id,
      pid: 1,
      descriptors: [-1, -1],
      exited: Promise.withResolvers<never>().promise,
      send: (message) => void told.push(message),
      passLogFiles() {},
      flushed: () => Promise.resolve(),
      rest: () => '',
      kill() {},
    },
    pool: options.pool ?? 'main',
    generation: options.generation ?? 1,
    restarts: 0,
    rss: 0,
    told,
    asked,
    async ask(what, argument, timeoutMs) {
      const question = { what, argument, timeoutMs };
      asked.push(question);
      return (await options.answer?.(question)) ?? null;
    },
  };
}
