import { setTimeout as delay } from 'node:timers/promises';

import type { Endpoint } from '../../contract/endpoint.ts';

/** Who sends: one object for each session, and for each datagram. */
export interface Sender {
  /** null: it came without one. */
  readonly session: string | null;
  readonly peer: Endpoint;
}

/** Lines that go somewhere together, in the order in which they came. */
export interface Batch {
  /** Each with its newline. */
  readonly lines: readonly string[];
  /** As many as they have in UTF-8. */
  readonly bytes: number;
  /** Of the first line. */
  readonly sender: Sender;
  /** Not all lines have that sender. */
  readonly isMixed: boolean;
}

export interface GathererOptions {
  readonly maxCount: number;
  readonly maxBytes: number;
  /** How long a line waits for others; 0: until the batch before is carried away. */
  readonly timeMs: number;
  /** Bytes that are held at most while nothing can be carried away, beside the lines of who does not ask. */
  readonly maxHeldBytes: number;
  /** Brings one batch to where it goes; a failure means that it is tried again. */
  carry(batch: Batch): Promise<void>;
  /** Of tries that fail one after the other: how long to wait after this one. */
  failed(error: unknown): number;
  worked(): void;
}

export interface Gatherer {
  add(line: string, sender: Sender): void;
  /** Nothing should be added: who can wait waits for `room`, who cannot loses what it has. */
  readonly isFull: boolean;
  /** Resolves when there is room, or at the abort. */
  room(signal: AbortSignal): Promise<void>;
  /** Resolves when all that was added so far is carried away. */
  flush(): Promise<void>;
  /** The last batches: tries as long as there is time, and gives how many lines were left. */
  finish(limitMs: number): Promise<number>;
}

// What a line costs beside its characters.
const lineOverhead = 64;
// At the end there is no time for longer ones.
const lastPauseMs = 200;

/** Gathers lines to batches and carries them away one after the other. */
export function createGatherer(options: GathererOptions): Gatherer {
  const { maxCount, maxBytes, timeMs, maxHeldBytes, carry } = options;
  let lines: string[] = [];
  let bytes = 0;
  let sender: Sender | null = null;
  let isMixed = false;
  const sealed: Batch[] = [];
  /** Batches, from the first on. */
  const total = { sealed: 0, carried: 0 };
  let heldBytes = 0;
  let isBusy = false;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  let deadline: number | null = null;
  let isOver = false;
  let pausing = new AbortController();
  const changed = createSignal();

  return {
    add(line, from) {
      const length = Buffer.byteLength(line);
      if (lines.length > 0 && bytes + length > maxBytes) seal();
      sender ??= from;
      isMixed ||= sender !== from;
      lines.push(line);
      bytes += length;
      heldBytes += length + lineOverhead;
      if (lines.length >= maxCount || bytes >= maxBytes) seal();
      else schedule();
    },
    get isFull() {
      return heldBytes >= maxHeldBytes;
    },
    async room(signal) {
      signal.addEventListener('abort', changed.raise);
      while (heldBytes >= maxHeldBytes && !signal.aborted && !isOver) await changed.next();
      signal.removeEventListener('abort', changed.raise);
    },
    async flush() {
      seal();
      const last = total.sealed;
      while (total.carried < last && !isOver) await changed.next();
    },
    async finish(limitMs) {
      deadline = performance.now() + limitMs;
      pausing.abort();
      seal();
      while (isBusy) await changed.next();
      isOver = true;
      changed.raise();
      return sealed.reduce((sum, batch) => sum + batch.lines.length, 0);
    },
  };

  function schedule(): void {
    if (timeMs > 0) timer ??= setTimeout(seal, timeMs);
    else if (!isBusy) soon ??= setImmediate(seal);
  }

  function seal(): void {
    clearTimeout(timer);
    clearImmediate(soon);
    [timer, soon] = [undefined, undefined];
    if (sender === null) return;
    sealed.push({ lines, bytes, sender, isMixed });
    total.sealed += 1;
    [lines, bytes, sender, isMixed] = [[], 0, null, false];
    if (!isBusy) void work();
  }

  async function work(): Promise<void> {
    isBusy = true;
    for (let batch = sealed[0]; batch !== undefined; batch = sealed[0]) {
      if (!(await carryAway(batch))) break;
      sealed.shift();
      total.carried += 1;
      heldBytes -= batch.bytes + batch.lines.length * lineOverhead;
      changed.raise();
      // What has come meanwhile goes together.
      if (timeMs === 0 && sealed.length === 0) seal();
    }
    isBusy = false;
    changed.raise();
  }

  /** false: there is no more time. */
  async function carryAway(batch: Batch): Promise<boolean> {
    for (;;) {
      try {
        await carry(batch);
        options.worked();
        return true;
      } catch (error) {
        const pauseMs = options.failed(error);
        if (deadline !== null && performance.now() >= deadline) return false;
        await pause(deadline === null ? pauseMs : Math.min(pauseMs, lastPauseMs));
      }
    }
  }

  /** Until then, or until there is no more time for pauses. */
  async function pause(ms: number): Promise<void> {
    pausing = new AbortController();
    await delay(ms, undefined, { signal: pausing.signal }).catch(() => {});
  }
}

interface Signal {
  readonly raise: () => void;
  /** Resolves when it is raised the next time. */
  next(): Promise<void>;
}

function createSignal(): Signal {
  let { promise, resolve } = Promise.withResolvers<void>();
  return {
    raise() {
      resolve();
      ({ promise, resolve } = Promise.withResolvers<void>());
    },
    next: () => promise,
  };
}
