import os from 'node:os';

import type { Exit } from '../contract/program.ts';

/** From the status that wait(2) gives. */
export function decodeExit(status: number): Exit {
  const signal = status & 0x7f;
  if (signal === 0) return { status: (status >> 8) & 0xff, signal: null };
  return { status: null, signal: signalNames.get(signal) ?? `SIG${signal}` };
}

// Where two names share a number (SIGABRT and SIGIOT, SIGIO and SIGPOLL), the first, which is the common one, stays.
const signalNames = new Map(
  Object.entries(os.constants.signals)
    .toReversed()
    .map(([name, number]) => [number, name] as const),
);
