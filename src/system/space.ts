import { NoSpaceError } from '../contract/delivery.ts';

/** Keeps some of the disk free, so that what is underway can be brought to its end. */
export interface Space {
  /** Throws a NoSpaceError where so many bytes more would be too many. They count as taken until the disk is asked again. */
  take(bytes: number): Promise<void>;
}

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
  let free = 0;
  let askedAt = -Infinity;
  let asking: Promise<void> | null = null;

  return {
    async take(bytes) {
      if (now() - askedAt >= freshMs) await (asking ??= ask());
      if (free - bytes < floor) {
        // What would not fit anyway says nothing about the disk.
        if (free - Math.min(bytes, smallBytes) < floor) refused?.(folder, free);
        throw new NoSpaceError('there is no room for it on the disk (daemon.spool_free)');
      }
      free -= bytes;
    },
  };

  async function ask(): Promise<void> {
    try {
      free = await files.freeBytes(folder);
      askedAt = now();
    } finally {
      asking = null;
    }
  }
}
