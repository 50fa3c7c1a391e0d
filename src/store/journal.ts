import { setImmediate } from 'node:timers/promises';

import type { JournalBlock } from '../contract/journal.ts';
import type { JournalQuery, JournalTable } from '../contract/store.ts';
import { maxBlockEntries, maxBlockSpanMs } from '../wire/journal-writer.ts';
import type { Database } from './database.ts';
import { createEntryFilter } from './entry-filter.ts';
import { createEntryOrder } from './entry-order.ts';

/** A block as the database has it. */
interface StoredBlock {
  readonly id: number;
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly text: string;
}

// An entry of a unix socket whose path is nothing but escapes has half of this.
const maxEntryLength = 2_048;
// 16 full blocks are read in about a millisecond, parsed in about ten.
const pageBlocks = 16;
const pruneBlocks = 16;
// Room that is given back is asked for again by the next blocks: so only a lot, in steps, and not all of it.
const minFreePages = 1_024;
const vacuumPages = 256;

export function createJournalTable(database: Database): JournalTable {
  const insert = database.prepare('INSERT INTO journal (first_end, last_end, sessions, entries) VALUES (?, ?, ?, ?)');
  const removeAged = database.prepare(`DELETE FROM journal WHERE id IN (
    SELECT id FROM journal WHERE last_end < ? ORDER BY last_end LIMIT ${pruneBlocks}) RETURNING sessions`);
  const removeOldest = database.prepare(`DELETE FROM journal WHERE id IN (
    SELECT id FROM journal ORDER BY id LIMIT ${pruneBlocks}) RETURNING sessions`);
  // A block that ends in the time asked for begins in it too, or at most a span earlier; so one index is enough.
  const columns = 'id, first_end AS firstEnd, last_end AS lastEnd, entries AS text';
  const newestPage = database.prepare(`SELECT ${columns} FROM journal
    WHERE last_end >= :since AND last_end < :until + ${maxBlockSpanMs} AND first_end < :until AND (last_end, id) < (:end, :id)
    ORDER BY last_end DESC, id DESC LIMIT ${pageBlocks}`);
  const oldestPage = database.prepare(`SELECT ${columns} FROM journal
    WHERE first_end >= :since - ${maxBlockSpanMs} AND first_end < :until AND last_end >= :since AND (first_end, id) > (:end, :id)
    ORDER BY first_end, id LIMIT ${pageBlocks}`);

  return {
    async append(blocks) {
      const good = blocks.filter(isBlock);
      if (good.length > 0)
        database.write('process', () => {
          for (const { from, to, count, text } of good) insert.run(from, to, count, text);
        });
      return blocks.length - good.length;
    },

    async *entries(query) {
      const isWanted = createEntryFilter(query);
      const order = createEntryOrder(query.order ?? 'newest');
      let left = query.limit;
      for await (const block of blocksOf(query)) {
        for (const entry of order.before(block)) if (left-- > 0) yield entry;
        if (left <= 0) return;
        order.add(isWanted(block.text));
      }
      for (const entry of order.rest()) if (left-- > 0) yield entry;
    },

    async prune({ before, maxBytes }) {
      let removed = 0;
      for await (const sessions of steps(() => removeAged.all(before))) removed += sessions;
      for await (const sessions of steps(() => (usedBytes() > maxBytes ? removeOldest.all() : []))) removed += sessions;
      await giveBack();
      return removed;
    },
  };

  async function* blocksOf({
    since,
    until = Number.MAX_SAFE_INTEGER / 2,
    order,
  }: JournalQuery): AsyncGenerator<StoredBlock> {
    const isOldest = order === 'oldest';
    const page = isOldest ? oldestPage : newestPage;
    const limit = isOldest ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
    let [end, id] = [limit, limit];
    for (;;) {
      const cursor = { since, until, end, id };
      const blocks = database.read(() => page.all(cursor)) as unknown as StoredBlock[];
      yield* blocks;
      const last = blocks.at(-1);
      if (last === undefined || blocks.length < pageBlocks) return;
      [end, id] = [isOldest ? last.firstEnd : last.lastEnd, last.id];
      await setImmediate();
    }
  }

  /** Removes in small transactions until there is nothing more to remove. */
  async function* steps(remove: () => readonly object[]): AsyncGenerator<number> {
    for (;;) {
      const rows = database.write('process', remove) as readonly { readonly sessions: number }[];
      if (rows.length === 0) return;
      yield rows.reduce((sum, { sessions }) => sum + sessions, 0);
      await setImmediate();
    }
  }

  function usedBytes(): number {
    return (database.pragma('page_count') - database.pragma('freelist_count')) * database.pragma('page_size');
  }

  /** Makes the file smaller when much of it is empty. */
  async function giveBack(): Promise<void> {
    for (let last = Number.POSITIVE_INFINITY; ;) {
      const free = database.pragma('freelist_count');
      // A database that was put together from a dump has forgotten that it could.
      if (free < minFreePages || free < database.pragma('page_count') / 4 || free >= last) break;
      database.exec(`PRAGMA incremental_vacuum(${vacuumPages})`);
      last = free;
      await setImmediate();
    }
    // The file itself changes only now; passive: nobody is waited for.
    database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }
}

/** Blocks come from workers, which are less trusted than who writes the database. */
function isBlock({ from, to, count, text }: JournalBlock): boolean {
  return (
    [from, to, count].every(Number.isSafeInteger) &&
    from <= to &&
    to - from <= maxBlockSpanMs &&
    count > 0 &&
    count <= maxBlockEntries &&
    typeof text === 'string' &&
    text.length <= maxBlockEntries * maxEntryLength
  );
}
