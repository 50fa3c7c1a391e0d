import type { Fault } from '../fault.ts';
import { clock } from './clock.ts';
import { descriptors } from './descriptors.ts';
import { fullDisk } from './full-disk.ts';
import { killAdmin, killOwn, killPools, killWorkers } from './kill-workers.ts';
import { brokenReload, reload } from './reload.ts';
import { rotateLogs } from './rotate-logs.ts';
import { slowReaders } from './slow-readers.ts';
import { soak } from './soak.ts';
import { stop } from './stop.ts';
import { otherVersion, upgrade } from './upgrade.ts';

/** All faults, in the order in which they are injected, by the words that choose them. */
export const faults: Readonly<Record<string, Fault>> = {
  kill: killWorkers,
  pools: killPools,
  own: killOwn,
  admin: killAdmin,
  reload,
  broken: brokenReload,
  upgrade,
  version: otherVersion,
  logs: rotateLogs,
  stop,
  descriptors,
  disk: fullDisk,
  clock,
  slow: slowReaders,
  soak,
};
