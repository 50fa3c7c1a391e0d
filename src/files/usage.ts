import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { ownMark } from '../system/process-mark.ts';
import { treeError } from './fault.ts';
import { statMany } from './stat-many.ts';
import { hiddenName } from './tree-path.ts';

/** How many bytes all files below a root take: counted now and then, and kept up to date with what this process changes. */
export interface Usage {
  /** Resolves when there is a count of the last seconds. */
  refresh(): Promise<void>;
  /** For a draft, while it grows. Throws a TreeError past the quota; null: there is none, and bytes are noted only. */
  reserve(bytes: number, quota: number | null): void;
  /** A draft has come to its end, or has become shorter. */
  release(bytes: number): void;
  /** A file came, went, or has another length now. */
  change(bytes: number): void;
  /** Nobody is writing. */
  readonly isIdle: boolean;
}

const freshMs = 10_000;
// A large tree is counted less often: at most this share of the time.
const share = 0.05;
const foldersAtOnce = 8;

export function createUsage(root: string, now: () => number = () => performance.now()): Usage {
  let used = 0;
  let reserved = 0;
  let staleAt = -Infinity;
  let counting: Promise<void> | null = null;

  return {
    refresh: () => (now() < staleAt ? Promise.resolve() : (counting ??= count())),
    reserve(bytes, quota) {
      if (quota !== null && used + reserved + bytes > quota) throw treeError('quota');
      reserved += bytes;
    },
    release(bytes) {
      reserved -= bytes;
    },
    change(bytes) {
      used = Math.max(0, used + bytes);
    },
    get isIdle() {
      return reserved === 0 && counting === null;
    },
  };

  async function count(): Promise<void> {
    try {
      const began = now();
      used = await bytesBelow(root);
      staleAt = now() + Math.max(freshMs, (now() - began) / share);
    } finally {
      counting = null;
    }
  }
}

/** Bytes of all files below a folder; what cannot be looked at counts as nothing. Links are not followed. */
async function bytesBelow(root: string): Promise<number> {
  const folders = [root];
  let bytes = 0;
  while (folders.length > 0) {
    const some = folders.splice(-foldersAtOnce);
    for (const { sum, inner } of await Promise.all(some.map(lookInto))) {
      bytes += sum;
      for (const folder of inner) folders.push(folder);
    }
  }
  return bytes;
}

async function lookInto(folder: string): Promise<{ sum: number; inner: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // Drafts of this process are noted as they grow.
  const counted = folder.endsWith(`/${hiddenName}`)
    ? entries.filter(({ name }) => !name.startsWith(`${ownMark}.`))
    : entries;
  const inner = counted.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const files = counted.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const stats = await statMany(folder, files);
  return { sum: stats.reduce((sum, found) => sum + (found?.isFile() === true ? found.size : 0), 0), inner };
}
