import { rm } from 'node:fs/promises';

import type { QueueTable } from '../../contract/queue.ts';
import { sweepSpool } from '../spool/sweep.ts';
import { pathOf } from './spool-item.ts';

/** Removes what every delivery is done with, and what nobody has ever acknowledged. */
export interface Cleaner {
  /** Files first, then what the queue knows of them: a crash in between costs nothing. */
  clean(): Promise<void>;
  /** How many things of no use were found. */
  sweep(): Promise<number>;
}

export interface CleanerOptions {
  readonly queue: Pick<QueueTable, 'finished' | 'remove' | 'known'>;
  readonly spool: string;
}

const pageSize = 500;

export function createCleaner({ queue, spool }: CleanerOptions): Cleaner {
  let cleaning: Promise<void> | null = null;
  return {
    clean: () => (cleaning ??= clean().finally(() => (cleaning = null))),
    sweep: () => sweepSpool({ spool, known: queue.known }),
  };

  async function clean(): Promise<void> {
    for (;;) {
      const items = await queue.finished(pageSize);
      if (items.length === 0) return;
      const paths = new Set(items.flatMap((item) => (item.isLast ? [pathOf(spool, item)] : [])));
      await Promise.all([...paths].map((path) => rm(path, { force: true })));
      await queue.remove(items.map(({ id }) => id));
      if (items.length < pageSize) return;
    }
  }
}
