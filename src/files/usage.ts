import fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { ownMark } from '../system/process-mark.ts';
import { codeOf, treeError } from './fault.ts';
import { statMany } from './stat-many.ts';
import { hiddenName, maxPathBytes } from './tree-path.ts';

/** How many bytes all files below a root take: counted now and then, and kept up to date with what this process changes. */
export interface Usage {
  /** Resolves when there is a count of the last seconds. */
  refresh(): Promise<void>;
  /** For a draft, while it grows. Throws a TreeError past the quota; null: there is none, and bytes are noted only. */
  reserve(bytes: number, quota: number | null): void;
  /** A draft has come to its end, or has become shorter. */
  release(bytes: number): void;
  /** A file came, went, or has another length now; `entries`: of files and folders. */
  change(bytes: number, entries: number): void;
  /** Nobody is writing. */
  readonly isIdle: boolean;
}

/** Files and folders. */
interface Sum {
  readonly bytes: number;
  readonly entries: number;
}

const freshMs = 10_000;
// A large tree is counted less often: at most this share of the time.
const share = 0.05;
const foldersAtOnce = 8;
// Files and folders take room of a disk though nothing is in them: some are free, each of the others is as a block of most disks.
const freeEntries = 1_000;
const bytesOfEntry = 4_096;

export function createUsage(root: string, now: () => number = () => performance.now()): Usage {
  let used: Sum = { bytes: 0, entries: 0 };
  let reserved = 0;
  let staleAt = -Infinity;
  let counting: Promise<void> | null = null;
  /** What came while somebody was counting, who may have seen it or not: until the next time it counts twice rather than never. */
  let cameMeanwhile: Sum = used;

  return {
    refresh: () => (now() < staleAt ? Promise.resolve() : (counting ??= count())),
    reserve(bytes, quota) {
      if (quota !== null && charged(used) + reserved + bytes > quota) throw treeError('quota');
      reserved += bytes;
    },
    release(bytes) {
      reserved -= bytes;
    },
    change(bytes, entries) {
      const change = { bytes, entries };
      used = plus(used, change);
      if (bytes > 0 || entries > 0) cameMeanwhile = plus(cameMeanwhile, change);
    },
    get isIdle() {
      return reserved === 0 && counting === null;
    },
  };

  async function count(): Promise<void> {
    try {
      const began = now();
      cameMeanwhile = { bytes: 0, entries: 0 };
      const found = await countBelow(root);
      used = plus(found, cameMeanwhile);
      staleAt = now() + Math.max(freshMs, (now() - began) / share);
    } finally {
      counting = null;
    }
  }
}

function plus(a: Sum, b: Sum): Sum {
  return { bytes: Math.max(0, a.bytes + b.bytes), entries: Math.max(0, a.entries + b.entries) };
}

function charged({ bytes, entries }: Sum): number {
  return bytes + Math.max(0, entries - freeEntries) * bytesOfEntry;
}

/** More than any quota: where somebody has put away what cannot be counted. */
const uncountable: Sum = { bytes: Infinity, entries: 0 };

/** All files and folders below a folder. Links are not followed. */
async function countBelow(root: string): Promise<Sum> {
  const folders = [root];
  let sum: Sum = { bytes: 0, entries: 0 };
  while (folders.length > 0) {
    const some = folders.splice(-foldersAtOnce);
    for (const { found, inner } of await Promise.all(some.map(lookInto))) {
      sum = plus(sum, found);
      for (const folder of inner) folders.push(folder);
    }
  }
  return sum;
}

interface Look {
  readonly found: Sum;
  readonly inner: readonly string[];
}

async function lookInto(folder: string): Promise<Look> {
  let entries: fs.Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    return { found: unreadable(folder, codeOf(error)), inner: [] };
  }
  // Drafts of this process are noted as they grow.
  const counted = folder.endsWith(`/${hiddenName}`)
    ? entries.filter(({ name }) => !name.startsWith(`${ownMark}.`))
    : entries;
  const inner = counted.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const files = counted.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const stats = await statMany(folder, files);
  if (files.some((name, index) => stats[index] === null && isHidden(folder, name)))
    return { found: uncountable, inner };
  const bytes = stats.reduce((sum, found) => sum + (found?.isFile() === true ? found.size : 0), 0);
  return { found: { bytes, entries: counted.length }, inner };
}

/** What a folder counts that does not tell what is in it. */
function unreadable(folder: string, code: string | undefined): Sum {
  if (code === 'EMFILE' || code === 'ENFILE') throw Object.assign(new Error(`cannot count: ${code}`), { code });
  const isHiding = code === 'ENAMETOOLONG' || (code === 'EACCES' && isClosedByOwner(folder));
  return isHiding ? uncountable : { bytes: 0, entries: 0 };
}

/** Rather than gone. */
function isHidden(folder: string, name: string): boolean {
  return Buffer.byteLength(folder) + 1 + Buffer.byteLength(name) > maxPathBytes || isClosedByOwner(folder);
}

/** A folder of ours that says we may not look: a peer can have that done. Those of others are none of its files. */
function isClosedByOwner(folder: string): boolean {
  try {
    const { uid, mode } = fs.lstatSync(folder);
    return uid === process.getuid?.() && uid !== 0 && (mode & 0o500) !== 0o500;
  } catch {
    return false;
  }
}
