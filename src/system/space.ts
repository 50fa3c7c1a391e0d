import { NoSpaceError } from '../contract/delivery.ts';
import type { DiskSpace } from '../contract/disk.ts';

export type Space = DiskSpace;

export interface SpaceOptions {
  readonly files: { freeBytes(path: string): Promise<number> };
  readonly folder: string;
  /** Bytes. */
  readonly floor: number;
  /** Something was refused, because so little is free. */
  readonly refused?: ((folder: string, freeBytes: number) => void) | undefined;
  readonly now?: () => number;
}

// Asking costs as much as writing a small file.
const freshMs = 500;
const smallBytes = 1024 ** 2;

export function createSpace({ files, folder, floor, refused, now = () => performance.now() }: SpaceOptions): Space {
  /** As the disk said; what was written since then. */
  let free = 0;
  let written = 0;
  /** Taken, and neither written nor given back: the disk does not know of it, however often it is asked. */
  let promised = 0;
  let askedAt = -Infinity;
  let asking: Promise<void> | null = null;

  return {
    async take(bytes) {
      if (now() - askedAt >= freshMs) await (asking ??= ask());
      const left = free - written - promised;
      if (left - bytes < floor) {
        // What would not fit anyway says nothing about the disk.
        if (left - Math.min(bytes, smallBytes) < floor) refused?.(folder, left);
        throw new NoSpaceError('there is no room for it on the disk (daemon.spool_free)');
      }
      promised += bytes;
    },
    wrote(bytes) {
      promised -= bytes;
      written += bytes;
    },
    giveBack(bytes) {
      promised -= bytes;
    },
  };

  async function ask(): Promise<void> {
    // What is written meanwhile may be in the answer or not.
    written = 0;
    try {
      free = await files.freeBytes(folder);
      askedAt = now();
    } finally {
      asking = null;
    }
  }
}
