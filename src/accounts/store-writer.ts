/** Keeps a store in step with what is in memory, over times in which it fails. Never throws, never makes anyone wait. */
export interface StoreWriter {
  /** Reads and writes everything for the first time. Until then, and while the store fails, single changes are left out. */
  start(): Promise<void>;
  /** Resolves when it is done, or left out. */
  write(change: () => Promise<unknown>): Promise<void>;
  close(): void;
}

export interface StoreWriterOptions {
  /** Makes the store what memory is. */
  readonly catchUp: () => Promise<unknown>;
  /** The first failure of an outage. */
  readonly failed: (error: Error) => void;
  readonly retryMs?: number;
}

export function createStoreWriter({ catchUp, failed, retryMs = 60_000 }: StoreWriterOptions): StoreWriter {
  let isInStep = false;
  let isTold = false;
  let hasMissed = false;
  let isClosed = false;
  let retrying: NodeJS.Timeout | undefined;

  return {
    start: tryAgain,
    async write(change) {
      if (isInStep && !isClosed) await attempt(change);
      else hasMissed = true;
    },
    close() {
      isClosed = true;
      clearTimeout(retrying);
    },
  };

  async function attempt(change: () => Promise<unknown>): Promise<void> {
    try {
      await change();
    } catch (error) {
      fail(error as Error);
    }
  }

  async function tryAgain(): Promise<void> {
    retrying = undefined;
    try {
      do {
        hasMissed = false;
        await catchUp();
      } while (hasMissed && !isClosed);
      isInStep = true;
      isTold = false;
    } catch (error) {
      fail(error as Error);
    }
  }

  function fail(error: Error): void {
    isInStep = false;
    if (isClosed) return;
    if (!isTold) failed(error);
    isTold = true;
    retrying ??= setTimeout(() => void tryAgain(), retryMs).unref();
  }
}
