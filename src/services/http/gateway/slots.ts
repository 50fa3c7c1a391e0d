import { HttpError, type Exchange } from '../route.ts';

/** So many at once, so many more in a queue, and the rest is told to come again later. */
export interface Slots {
  /** Resolves with the function that gives the slot back. Throws an HttpError: 503. */
  take(exchange: Pick<Exchange, 'signal'>): (() => void) | Promise<() => void>;
}

export interface SlotsOptions {
  readonly count: number;
  readonly queue: number;
  /** How long one waits in the queue at most. */
  readonly patienceMs: number;
}

interface Waiter {
  begin(): void;
}

export function createSlots({ count, queue, patienceMs }: SlotsOptions): Slots {
  let taken = 0;
  const waiting = new Set<Waiter>();
  const occupy = (): (() => void) => {
    taken += 1;
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      taken -= 1;
      const [next] = waiting;
      if (next === undefined) return;
      waiting.delete(next);
      next.begin();
    };
  };
  return {
    take(exchange) {
      if (taken < count) return occupy();
      if (waiting.size >= queue) throw busy();
      const { signal } = exchange;
      if (signal.aborted) throw busy();
      return new Promise((resolve, reject) => {
        const waiter: Waiter = {
          begin() {
            settle();
            resolve(occupy());
          },
        };
        const leave = (): void => {
          settle();
          waiting.delete(waiter);
          reject(busy());
        };
        const timer = setTimeout(leave, patienceMs);
        const settle = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', leave);
        };
        signal.addEventListener('abort', leave);
        waiting.add(waiter);
      });
    },
  };
}

function busy(): HttpError {
  return new HttpError(503, 'Too much is going on here already.', { 'retry-after': '5' });
}
