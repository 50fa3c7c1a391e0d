/** Too much is to be done already. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** Runs so many tasks at once; the others wait their turn, and past `maxWaiting` they are refused. */
export type Slots = <T>(task: () => Promise<T>) => Promise<T>;

export function createSlots(atOnce: number, maxWaiting: number): Slots {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running < atOnce) running += 1;
    else if (waiting.length < maxWaiting) await new Promise<void>((resolve) => waiting.push(resolve));
    else throw new BusyError(`${maxWaiting} are waiting for their passwords to be checked`);
    try {
      return await task();
    } finally {
      // The slot is handed on, so that nobody comes between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
