import type { NewItem, QueuedItem, QueueTable } from '../contract/queue.ts';

/** Puts what workers have written into the spool into the queue: what comes in the same moment is one transaction. */
export interface Intake {
  /** Resolves when they are in the queue, on disk. May be asked again for the same items. */
  add(items: readonly NewItem[]): Promise<void>;
}

export interface IntakeOptions {
  readonly queue: Pick<QueueTable, 'add'>;
  /** Whether the item's file is there, and its worker's own. */
  isSpooled(item: QueuedItem): boolean;
  /** There is something new to deliver. */
  wake(): void;
}

interface Waiting {
  readonly items: readonly NewItem[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

// While things keep coming, who delivers is told of those of such a time together.
const gatherMs = 20;

export function createIntake({ queue, isSpooled, wake }: IntakeOptions): Intake {
  let waiting: Waiting[] = [];
  const wakeNow = createPaced(wake);

  return {
    add(items) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (waiting.length === 0) setImmediate(() => void write());
      waiting.push({ items, resolve, reject });
      return promise;
    },
  };

  async function write(): Promise<void> {
    const all = waiting;
    waiting = [];
    try {
      // A question may come twice, when a registry ends before its answer is known. What was delivered in between has no file
      // any more: it is not to be delivered again, and not to be missed.
      const items = all.flatMap((each) => each.items);
      const count = await queue.add(items, isSpooled);
      for (const { resolve } of all) resolve();
      if (count > 0) wakeNow();
    } catch (error) {
      for (const { reject } of all) reject(error);
    }
  }
}

/** Calls at once what was not called for a while, and else when that time is over. */
function createPaced(call: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isWanted = false;
  const callNow = (): void => {
    isWanted = false;
    call();
    timer = setTimeout(() => {
      timer = undefined;
      if (isWanted) callNow();
    }, gatherMs);
    timer.unref();
  };
  return () => {
    if (timer === undefined) callNow();
    else isWanted = true;
  };
}
