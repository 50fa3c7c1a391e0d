/**
 * Does something for many at once that costs the same for one: while one batch is under way the next gathers, so that nobody waits
 * for longer than two of them. Whoever joins is in a batch that has not begun.
 */
export type GroupCommit<T> = (item: T) => Promise<void>;

export interface GroupCommitOptions<T> {
  /** Fails for all of the batch. */
  run(batch: readonly T[]): Promise<void>;
  /** Of one batch, unless a single one is heavier. */
  readonly maxWeight?: number;
  readonly weightOf?: (item: T) => number;
}

interface Member<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export function createGroupCommit<T>(options: GroupCommitOptions<T>): GroupCommit<T> {
  const { run, maxWeight = Infinity, weightOf = () => 1 } = options;
  let waiting: Member<T>[] = [];
  let isRunning = false;

  return (item) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push({ item, resolve, reject });
    if (!isRunning) {
      isRunning = true;
      // Those that come in the same turn go along.
      queueMicrotask(() => void work());
    }
    return promise;
  };

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      const batch = takeBatch();
      try {
        await run(batch.map(({ item }) => item));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isRunning = false;
  }

  function takeBatch(): Member<T>[] {
    let weight = 0;
    const end = waiting.findIndex(({ item }, index) => {
      weight += weightOf(item);
      return index > 0 && weight > maxWeight;
    });
    const batch = end === -1 ? waiting : waiting.slice(0, end);
    waiting = end === -1 ? [] : waiting.slice(end);
    return batch;
  }
}
