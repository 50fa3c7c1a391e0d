import fs from 'node:fs';

import type { Json } from '../contract/bus.ts';
import { createCounters } from '../logging/counters.ts';
import { metrics } from '../logging/metrics.ts';
import type { Snapshot } from '../logging/snapshot.ts';
import { residentBytes } from '../system/resident-memory.ts';

/** What only the master knows: workers, generation, version, and its own process. */
export interface MasterMetrics {
  /** Counts workers that had to be replaced. */
  restarted(count?: number): void;
  restarts(): number;
  /** What the admin listener renders. */
  collect(snapshots: readonly Snapshot[], figures: MasterFigures): Json;
}

export interface MasterFigures {
  readonly workers: number;
  readonly generation: number;
  /** When certificates end, in seconds since 1970, by their names. */
  readonly certificates: ReadonlyMap<string, number>;
  /** Whether each service that is enabled is up. */
  readonly services: ReadonlyMap<string, boolean>;
}

export function createMasterMetrics(version: string): MasterMetrics {
  const counters = createCounters();
  const restarts = counters.counter(metrics.workerRestarts);
  const workers = counters.gauge(metrics.workers);
  const generation = counters.gauge(metrics.configGeneration);
  let restartCount = 0;
  const startTimeSeconds = Date.now() / 1000 - process.uptime();
  counters.gauge(metrics.buildInfo).set(1, { version });
  return {
    restarted(count = 1) {
      restartCount += count;
      restarts.increase({}, count);
    },
    restarts: () => restartCount,
    collect(snapshots, figures) {
      workers.set(figures.workers);
      generation.set(figures.generation);
      // Counters of their own: what is no longer configured has no figure.
      const named = createCounters();
      const expiry = named.gauge(metrics.certificateExpiry);
      for (const [certificate, seconds] of figures.certificates) expiry.set(seconds, { certificate });
      const up = named.gauge(metrics.serviceUp);
      for (const [service, isUp] of figures.services) up.set(isUp ? 1 : 0, { service });
      const cpu = process.cpuUsage();
      return {
        snapshots: [
          ...snapshots,
          [...counters.snapshot(), ...named.snapshot().filter(({ values }) => values.length > 0)],
        ],
        process: {
          cpuSeconds: (cpu.user + cpu.system) / 1e6,
          rssBytes: residentBytes(),
          openFds: countDescriptors(),
          startTimeSeconds,
        },
      } as unknown as Json;
    },
  };
}

function countDescriptors(): number {
  try {
    return fs.readdirSync('/proc/self/fd').length;
  } catch {
    return 0; // no procfs here
  }
}
