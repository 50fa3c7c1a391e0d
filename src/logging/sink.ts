import type { Link, OpenLink } from './link.ts';
import { createLineQueue } from './line-queue.ts';
import { createOutage } from './outage.ts';

// One output's lines on their way. Whatever the target does, nobody who logs waits for it: lines are kept in a bounded
// queue, sent in batches, and dropped and counted when the queue is full.

export interface Sink {
  write(line: string): void;
  /** Resolves when everything is written, or cannot be for now, or `limitMs` is over. */
  flush(limitMs?: number): Promise<void>;
  /** The last thing before the process ends: writes what can be written without waiting. */
  flushSync(): void;
  /** Opens the target anew, once what is being written is written. */
  reopen(): void;
  close(): void;
  readonly dropped: number;
}

export interface SinkOptions {
  readonly open: OpenLink;
  /** The first failure of an outage. */
  readonly failed: (error: Error) => void;
  /** There is room again, and this many lines were lost since the last call. */
  readonly lost: (count: number) => void;
  readonly tuning?: Partial<SinkTuning> | undefined;
}

export interface SinkTuning {
  /** Characters that may wait. */
  readonly maxWaiting: number;
  /** Characters that are sent at once. */
  readonly maxBatch: number;
  /** How long a line may wait for others to be sent with. */
  readonly lingerMs: number;
  readonly shortestPauseMs: number;
  readonly longestPauseMs: number;
  readonly settleMs: number;
}

const defaults: SinkTuning = {
  maxWaiting: 4 * 1024 * 1024,
  maxBatch: 64 * 1024,
  lingerMs: 20,
  shortestPauseMs: 100,
  longestPauseMs: 60_000,
  settleMs: 10_000,
};

export function createSink(options: SinkOptions): Sink {
  const tuning = { ...defaults, ...options.tuning };
  const queue = createLineQueue(tuning.maxWaiting);
  const outage = createOutage({
    shortestMs: tuning.shortestPauseMs,
    longestMs: tuning.longestPauseMs,
    settleMs: tuning.settleMs,
    began: options.failed,
  });
  let link: Link | null = null;
  let isSending = false;
  let isClosed = false;
  let isReopening = false;
  let giveUpOpening: (() => void) | null = null;
  let lingering: NodeJS.Timeout | undefined;
  let pausing: NodeJS.Timeout | undefined;
  let waiters: (() => void)[] = [];

  open();
  return {
    write(line) {
      if (!isClosed && queue.push(line)) schedule();
    },
    flush,
    flushSync() {
      if (isClosed || link === null) return;
      link.sendNow(queue.take(tuning.maxWaiting));
    },
    reopen() {
      if (isSending) isReopening = true;
      else openAnew();
    },
    close() {
      isClosed = true;
      clearTimeout(lingering);
      clearTimeout(pausing);
      giveUpOpening?.();
      link?.close();
      link = null;
      settle();
    },
    get dropped() {
      return queue.dropped;
    },
  };

  function open(): void {
    pausing = undefined;
    let isOver = false;
    const giveUp = options.open({
      opened(opened) {
        if (isOver) return opened.close();
        link = opened;
        pump();
      },
      broke(error) {
        if (!isOver) pause(error);
      },
    });
    giveUpOpening = () => {
      isOver = true;
      giveUp();
    };
  }

  function openAnew(): void {
    isReopening = false;
    if (isClosed) return;
    clearTimeout(pausing);
    giveUpOpening?.();
    link?.close();
    link = null;
    open();
  }

  function pause(error: Error): void {
    giveUpOpening?.();
    link?.close();
    link = null;
    pausing = setTimeout(open, outage.failed(error));
    // A target that is away keeps no process alive.
    pausing.unref();
    settle();
  }

  /** Sends what is a batch already; less than that waits for company, or else a busy daemon would write line by line. */
  function schedule(): void {
    if (isSending || link === null) return;
    if (queue.length >= tuning.maxBatch || waiters.length > 0) pump();
    else lingering ??= setTimeout(pump, tuning.lingerMs);
  }

  function pump(): void {
    clearTimeout(lingering);
    lingering = undefined;
    if (link === null || isSending) return;
    if (queue.length === 0) return settle();
    const sender = link;
    const lines = queue.take(tuning.maxBatch);
    isSending = true;
    sender.send(lines, (error, sent) => {
      isSending = false;
      if (error !== null) queue.putBack(lines.slice(sent));
      if (isClosed) return;
      // While it was sending, the link may have broken or been replaced; then that has been dealt with.
      const isCurrent = link === sender;
      if (error === null) workedFor();
      else if (isCurrent) pause(error);
      if (isReopening) openAnew();
      else if (queue.length === 0) settle();
      else schedule();
    });
  }

  function workedFor(): void {
    outage.worked();
    const count = queue.droppedSinceReport();
    if (count > 0) options.lost(count);
  }

  function settle(): void {
    const waiting = waiters;
    waiters = [];
    for (const resolve of waiting) resolve();
  }

  async function flush(limitMs = 2_000): Promise<void> {
    if (isClosed || pausing !== undefined || (queue.length === 0 && !isSending)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    waiters.push(resolve);
    const limit = setTimeout(resolve, limitMs);
    pump();
    await promise;
    clearTimeout(limit);
  }
}
