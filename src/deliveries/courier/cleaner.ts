import fs from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { FinishedItem, QueueTable } from '../../contract/queue.ts';
import { releaseWhole, sweepSpool } from '../spool/sweep.ts';
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
      const holders = new Set<string>();
      const items = await queue.finished(pageSize, (item) => isHeld(item, holders));
      await remove(items);
      if (items.length + holders.size === 0) return;
      if (items.length < pageSize && !(await release(holders))) return;
    }
  }

  async function remove(items: readonly FinishedItem[]): Promise<void> {
    if (items.length === 0) return;
    const paths = new Set(items.flatMap((item) => (item.isLast ? [pathOf(spool, item)] : [])));
    await Promise.all([...paths].map((path) => rm(path, { force: true })));
    await queue.remove(items.map(({ id }) => id));
  }

  /** A worker may still add something to it as long as it has a second name, among the drafts (`shared-file.ts`). */
  function isHeld(item: Pick<FinishedItem, 'folder' | 'file'>, holders: Set<string>): boolean {
    const { nlink = 1 } = fs.lstatSync(pathOf(spool, item), { throwIfNoEntry: false }) ?? {};
    if (nlink > 1) holders.add(item.folder);
    return nlink > 1;
  }

  /** Of workers that are gone nothing more is to be expected. Whether there was such a one. */
  async function release(holders: ReadonlySet<string>): Promise<boolean> {
    const results = await Promise.all([...holders].map((folder) => releaseWhole(join(spool, folder))));
    return results.includes(true);
  }
}
