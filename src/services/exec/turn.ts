import type { Bus } from '../../contract/bus.ts';
import { pause } from './pause.ts';

// If word of a turn that became free is lost.
const lookAgainMs = 5_000;

/**
 * Waits to be the only worker that holds this name, across pools, reloads and upgrades. Returns the function that gives
 * the turn to another; null when the signal aborts before it came.
 */
export async function takeTurn(bus: Bus, name: string, signal: AbortSignal): Promise<(() => void) | null> {
  const topic = `turn/${name}`;
  let changed = new AbortController();
  const wake = (): void => changed.abort();
  const unsubscribe = bus.subscribe(topic, wake);
  const stopListening = bus.onGone(wake);
  try {
    while (!signal.aborted) {
      changed = new AbortController();
      // No answer is no turn: the master may be on its way to its next release.
      if (await bus.claim(name).catch(() => false)) {
        return () => {
          bus.release(name);
          bus.publish(topic, null);
        };
      }
      await pause(lookAgainMs, AbortSignal.any([signal, changed.signal]));
    }
    return null;
  } finally {
    unsubscribe();
    stopListening();
  }
}
