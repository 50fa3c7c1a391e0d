import { statfs } from 'node:fs/promises';

import type { Disk } from '../contract/disk.ts';
import { makeFolders } from './make-folders.ts';
import { isGone, ownMark } from './process-mark.ts';
import { createSpace, type Space } from './space.ts';
import { syncFolder } from './sync-folder.ts';

export interface DiskOptions {
  /** Bytes of a disk that stay free. */
  readonly floor: number;
  /** Something was refused because of the floor. */
  refused?(folder: string, freeBytes: number): void;
  /** For tests. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** What of this folder the context gives to services. */
export function createDisk({ floor, refused, freeBytes = freeNow }: DiskOptions): Disk {
  const spaces = new Map<string, Space>();
  return {
    makeFolders,
    syncFolder,
    space(folder) {
      const space = spaces.get(folder) ?? createSpace({ files: { freeBytes }, folder, floor, refused });
      spaces.set(folder, space);
      return space;
    },
    ownMark,
    isGone,
  };
}

async function freeNow(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
