import fs from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { FinishedItem, QueueTable } from '../../contract/queue.ts';
import { heldFiles, sweepSpool } from '../spool/sweep.ts';
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
    const free = new Set<string>();
    for (;;) {
      const linked = new Map<string, FileInFolder>();
      const items = await queue.finished(pageSize, (item) => {
        const isHeld = !free.has(item.file) && isLinked(item);
        if (isHeld) linked.set(item.file, item);
        return isHeld;
      });
      await remove(items);
      const isPageFull = items.length === pageSize;
      if (!isPageFull && !(await release([...linked.values()], free))) return;
    }
  }

  async function remove(items: readonly FinishedItem[]): Promise<void> {
    if (items.length === 0) return;
    const paths = new Set(items.flatMap((item) => (item.isLast ? [pathOf(spool, item)] : [])));
    await Promise.all([...paths].map((path) => rm(path, { force: true })));
    await queue.remove(items.map(({ id }) => id));
  }

  /** A worker may still add something to it as long as it has a second name, among the drafts (`shared-file.ts`). */
  function isLinked(item: FileInFolder): boolean {
    return (fs.lstatSync(pathOf(spool, item), { throwIfNoEntry: false })?.nlink ?? 1) > 1;
  }

  /**
   * Finds those that nobody adds to, because the worker is gone, or because the other name is somewhere else: a backup's. Whether
   * there are any.
   */
  async function release(linked: readonly FileInFolder[], free: Set<string>): Promise<boolean> {
    const before = free.size;
    for (const folder of new Set(linked.map((each) => each.folder))) {
      const held = await heldFiles(join(spool, folder));
      for (const each of linked) if (each.folder === folder && !held.has(each.file)) free.add(each.file);
    }
    return free.size > before;
  }
}

type FileInFolder = Pick<FinishedItem, 'folder' | 'file'>;
