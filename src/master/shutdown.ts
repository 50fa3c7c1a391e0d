import type { Fleet } from './fleet.ts';
import type { Pool } from './pool.ts';
import { courierName } from './courier-plan.ts';
import { registryName } from './registry-plan.ts';

/** The end of everything: services first, then the courier, and the registry when all others have gone. */
export interface Shutdown {
  /** Drains; `atOnce` ends what is left. */
  begin(atOnce: boolean, deadlineMs: number): void;
  /** To be told whenever a worker has ended. */
  workerLeft(): void;
  /** Resolves when the last worker has ended after `begin`. */
  readonly done: Promise<void>;
}

export interface ShutdownOptions {
  readonly fleet: Pick<Fleet, 'workers'>;
  /** Those in force, and those that are just being started. */
  pools(): readonly Pool[];
}

/** In this order, each when the one before has gone. */
const lastPools: readonly string[] = [courierName, registryName];

function isLast(pool: string): boolean {
  return lastPools.includes(pool);
}

export function createShutdown({ fleet, pools }: ShutdownOptions): Shutdown {
  const done = Promise.withResolvers<void>();
  let hasBegun = false;

  const workerLeft = (): void => {
    if (!hasBegun) return;
    const left = fleet.workers();
    // Until the others have gone, things come in and sessions log in, and are noted down when they end.
    if (left.some((worker) => !isLast(worker.pool))) return;
    for (const name of lastPools) {
      const own = pools().filter((pool) => pool.name === name);
      const workers = left.filter((worker) => worker.pool === name);
      for (const pool of own) pool.stop();
      for (const worker of workers.filter((each) => !own.some((pool) => pool.workers.includes(each))))
        worker.process.send({ type: 'stop' });
      if (workers.length > 0) return;
    }
    done.resolve();
  };
  return {
    begin(atOnce, deadlineMs) {
      hasBegun = true;
      // The registry notes down what ends, also what ends at once.
      const stays = (pool: string): boolean => (atOnce ? pool === registryName : isLast(pool));
      const leaving = pools().filter((pool) => !stays(pool.name));
      for (const pool of leaving) {
        if (atOnce) pool.stop();
        else pool.retire(deadlineMs, true);
      }
      // Workers of earlier generations are draining already; now they get no longer than the others.
      for (const worker of fleet.workers()) {
        const isToldSo = leaving.some((pool) => pool.workers.includes(worker));
        if (isToldSo || stays(worker.pool)) continue;
        worker.process.send(atOnce ? { type: 'stop' } : { type: 'drain', deadline: deadlineMs, isStopping: true });
      }
      workerLeft();
    },
    workerLeft,
    done: done.promise,
  };
}
