import type { JournalBlock, JournalEntry } from '../contract/journal.ts';
import type { JournalQuery, JournalReply } from '../contract/registry.ts';
import type { JournalTable } from '../contract/store.ts';
import type { RegistryHouse } from './registry.ts';

/** Takes the workers' blocks of ended sessions into the store, some at a time, and finds them again. */
export interface JournalKeeper {
  add(block: JournalBlock): void;
  find(query: JournalQuery): Promise<JournalReply>;
  close(): Promise<void>;
}

export interface JournalKeeperOptions {
  readonly table: JournalTable;
  /** 0: nothing is kept. */
  readonly keepMs: number;
  readonly failed: (error: Error) => void;
  readonly house: Pick<RegistryHouse, 'emit'>;
}

// Workers hand a block over each second or every so many sessions; what they say in a moment is one transaction.
const gatherMs = 200;
const maxWaiting = 256;
const pruneEveryMs = 3_600_000;
const maxBytes = 512 * 1024 ** 2;
const pruneAfterBytes = 32 * 1024 ** 2;
// An entry is about 90 bytes; names may be longer.
const maxEntryBytes = 2_048;
// Of a block from now: it waits a second in the worker.
const maxAgeMs = 3_600_000;

/** A worker that was taken over may say anything: not of other times, and not more than sessions take. */
function isPlausible({ from, to, count, text }: JournalBlock): boolean {
  const now = Date.now();
  const isNow = from > now - maxAgeMs && to < now + maxAgeMs;
  return isNow && count > 0 && text.length <= count * maxEntryBytes && text.split(';').length === count;
}
// Less than what a message to the master can hold.
const maxReplyBytes = 12 * 1024 ** 2;

export function createJournalKeeper({ table, keepMs, failed, house }: JournalKeeperOptions): JournalKeeper {
  let waiting: JournalBlock[] = [];
  let timer: NodeJS.Timeout | undefined;
  let dropped = 0;
  /** Bytes since the last look at how much there is. */
  let unpruned = 0;
  let writing: Promise<void> = Promise.resolve();
  const pruner = setInterval(() => void prune(), pruneEveryMs);
  pruner.unref();

  return {
    add(block) {
      if (keepMs === 0) return;
      if (!isPlausible(block)) return void (dropped += 1);
      // The disk is not keeping up: the newest are left out, so that memory does not grow.
      if (waiting.length >= maxWaiting) {
        dropped += block.count;
        return;
      }
      waiting.push(block);
      timer ??= setTimeout(flush, gatherMs);
    },
    async find({ since, limit }) {
      flush();
      await writing;
      const entries: JournalEntry[] = [];
      let bytes = 0;
      for await (const entry of table.entries({ since, limit: limit + 1, order: 'newest' })) {
        bytes += Buffer.byteLength(JSON.stringify(entry));
        if (entries.length === limit || bytes > maxReplyBytes) return { entries: entries.toReversed(), isCut: true };
        entries.push(entry);
      }
      return { entries: entries.toReversed(), isCut: false };
    },
    async close() {
      clearInterval(pruner);
      flush();
      await writing;
    },
  };

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const blocks = waiting;
    waiting = [];
    if (blocks.length > 0) writing = writing.then(() => write(blocks));
  }

  async function write(blocks: readonly JournalBlock[]): Promise<void> {
    try {
      await table.append(blocks);
      unpruned += blocks.reduce((sum, { text }) => sum + text.length, 0);
      if (unpruned > pruneAfterBytes) await prune();
    } catch (error) {
      failed(error as Error);
      for (const block of blocks) dropped += block.count;
    }
    if (dropped === 0) return;
    house.emit('journal.dropped', { count: dropped });
    dropped = 0;
  }

  async function prune(): Promise<void> {
    unpruned = 0;
    try {
      await table.prune({ before: Date.now() - keepMs, maxBytes });
    } catch (error) {
      failed(error as Error);
    }
  }
}
