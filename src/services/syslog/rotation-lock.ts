import type { Bus } from '../../contract/bus.ts';

/** One process at a time puts a file aside, of all workers and services of the daemon. */
export interface RotationLock {
  /** null: somebody else is at it. */
  take(path: string): Promise<Disposable | null>;
}

/** The bus knows workers only: two services of one worker share this. */
const heldOf = new WeakMap<Bus, Set<string>>();

export function createRotationLock(bus: Bus): RotationLock {
  const held = heldOf.get(bus) ?? new Set<string>();
  heldOf.set(bus, held);
  return {
    async take(path) {
      if (held.has(path)) return null;
      held.add(path);
      const name = `rotation ${path}`;
      let isOurs = false;
      try {
        isOurs = await bus.claim(name);
      } finally {
        if (!isOurs) held.delete(path);
      }
      if (!isOurs) return null;
      return {
        [Symbol.dispose]() {
          held.delete(path);
          bus.release(name);
        },
      };
    },
  };
}
