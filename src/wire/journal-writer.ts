import type { JournalBlock, JournalEntry } from '../contract/journal.ts';
import { endOf, formatEntry } from './journal-block.ts';

/** How far the ends in one block may be apart. Readers count on it when they look for a time. */
export const maxBlockSpanMs = 60_000;
/** Entries of one block. */
export const maxBlockEntries = 512;
/** Whole blocks that wait to be taken; older ones are dropped. */
export const maxWaitingBlocks = 64;

/** Puts ended sessions together, so that handing them over and storing them costs once per block. */
export interface JournalWriter {
  /** True when a block is full and wants to be taken. */
  add(entry: JournalEntry): boolean;
  /** The next block, a full one or what there is; null when there is nothing. To be called until then. */
  take(): JournalBlock | null;
  /** Sessions lost since the last call, because nobody took them. */
  lost(): number;
}

export function createJournalWriter(): JournalWriter {
  const whole: JournalBlock[] = [];
  let lost = 0;
  let text = '';
  let count = 0;
  let from = 0;
  let to = 0;

  return {
    add(entry) {
      const end = endOf(entry);
      // The clock has jumped: a block that reached that far would be looked at for any time in between.
      if (count > 0 && (end > from + maxBlockSpanMs || end < to - maxBlockSpanMs)) seal();
      if (count === 0) {
        text = formatEntry(entry);
        from = to = end;
      } else {
        text += `;${formatEntry(entry)}`;
        if (end < from) from = end;
        else if (end > to) to = end;
      }
      count += 1;
      if (count === maxBlockEntries) seal();
      return whole.length > 0;
    },
    take() {
      if (whole.length === 0) seal();
      return whole.shift() ?? null;
    },
    lost() {
      const since = lost;
      lost = 0;
      return since;
    },
  };

  function seal(): void {
    if (count === 0) return;
    whole.push({ from, to, count, text });
    text = '';
    count = 0;
    if (whole.length > maxWaitingBlocks) lost += whole.shift()?.count ?? 0;
  }
}
