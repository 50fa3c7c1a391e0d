import type { Outcome, QueueTable } from '../../contract/queue.ts';

/** Writes down what has become of tasks, some at a time: one transaction costs as much as one task. */
export interface Settler {
  settle(outcome: Outcome): void;
  /** Resolves when all is written down. */
  flush(): Promise<void>;
}

export interface SettlerOptions {
  readonly queue: Pick<QueueTable, 'settle'>;
  readonly owner: string;
  readonly failed: (error: unknown) => void;
  /** When it is tried again to write down what could not be. */
  readonly againMs?: number;
}

// What is not written down when the process dies is delivered once more.
const gatherMs = 10;
const maxGathered = 64;
const defaultAgainMs = 1_000;

export function createSettler(options: SettlerOptions): Settler {
  const { queue, owner, failed, againMs = defaultAgainMs } = options;
  let gathered: Outcome[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const outcomes = gathered;
    gathered = [];
    if (outcomes.length > 0) writing = writing.then(() => write(outcomes));
    return writing;
  };
  return {
    settle(outcome) {
      gathered.push(outcome);
      if (gathered.length >= maxGathered) void flush();
      else timer ??= setTimeout(() => void flush(), gatherMs);
    },
    flush,
  };

  async function write(outcomes: Outcome[]): Promise<void> {
    try {
      await queue.settle(owner, outcomes);
    } catch (error) {
      failed(error);
      // They stay leased as long, and nothing is delivered twice.
      gathered.unshift(...outcomes);
      clearTimeout(timer);
      timer = setTimeout(() => void flush(), againMs);
    }
  }
}
