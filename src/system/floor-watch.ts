import fs from 'node:fs';

import type { Logger } from '../contract/logger.ts';

/** Tells that a disk is as full as `daemon.spool_free` lets it become: once for an outage, however many come and are refused. */
export interface FloorWatch {
  refused(folder: string, freeBytes: number): void;
}

export interface FloorWatchOptions {
  /** Bytes. */
  readonly floor: number;
  readonly log: Logger;
  readonly now?: () => number;
}

// When nobody was refused for so long, there was room, or nobody came who would have missed it.
const calmMs = 300_000;

export function createFloorWatch({ floor, log, now = () => performance.now() }: FloorWatchOptions): FloorWatch {
  // By disk: many folders may be on one.
  const refusedAt = new Map<number, number>();
  return {
    refused(folder, freeBytes) {
      const disk = fs.statSync(folder, { throwIfNoEntry: false })?.dev ?? 0;
      const last = refusedAt.get(disk) ?? -Infinity;
      refusedAt.set(disk, now());
      if (now() - last < calmMs) return;
      log.warning('the disk is nearly full: what comes is refused until more than daemon.spool_free is free', {
        folder,
        free: freeBytes,
        spool_free: floor,
      });
    },
  };
}
