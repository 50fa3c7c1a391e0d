import { setTimeout as delay } from 'node:timers/promises';

import type { RunningSubject } from './running-subject.ts';

const patienceMs = 60_000;

/** Until a daemon has nothing left to do: less than a fiftieth of a processor, for half a second. */
export async function settled({ cpuSeconds }: RunningSubject): Promise<void> {
  const end = performance.now() + patienceMs;
  for (let before = cpuSeconds(); performance.now() < end; before = cpuSeconds()) {
    await delay(500);
    if (cpuSeconds() - before <= 0.011) return;
  }
}
