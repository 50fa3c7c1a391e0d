import type { JournalEntry } from '../contract/journal.ts';
import { endOf } from '../wire/journal-block.ts';

/** Entries of blocks that overlap, as blocks of several workers do, in the order of their ends. */
export interface EntryOrder {
  /** Takes out what comes before anything in this block, and so before all blocks after it. */
  before(block: { readonly firstEnd: number; readonly lastEnd: number }): JournalEntry[];
  /** In the order in which they were written. */
  add(entries: JournalEntry[]): void;
  rest(): JournalEntry[];
}

interface Ranked {
  readonly rank: number;
  readonly entry: JournalEntry;
}

/** Blocks must come in the order of `lastEnd` for the newest first, of `firstEnd` for the oldest. */
export function createEntryOrder(order: 'newest' | 'oldest'): EntryOrder {
  const isNewest = order === 'newest';
  const rankOf = (end: number): number => (isNewest ? -end : end);
  let waiting: Ranked[] = [];
  return {
    before({ firstEnd, lastEnd }) {
      const edge = rankOf(isNewest ? lastEnd : firstEnd);
      const found = waiting.findIndex(({ rank }) => rank >= edge);
      const ready = found === -1 ? waiting : waiting.slice(0, found);
      waiting = found === -1 ? [] : waiting.slice(found);
      return ready.map(({ entry }) => entry);
    },
    add(entries) {
      if (isNewest) entries.reverse();
      waiting.push(...entries.map((entry) => ({ rank: rankOf(endOf(entry)), entry })));
      waiting.sort((a, b) => a.rank - b.rank);
    },
    rest: () => waiting.map(({ entry }) => entry),
  };
}
