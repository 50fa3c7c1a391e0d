import fs from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import { createBudget, type Budget } from '../system/budget.ts';
import { descriptorLimit } from '../system/descriptor-limit.ts';
import { createGroupCommit, type GroupCommit } from '../system/group-commit.ts';
import { makeFoldersNow } from '../system/make-folders.ts';
import { createSpace, type Space } from '../system/space.ts';
import { codeOf } from './fault.ts';
import { createJail, type Jail } from './jail.ts';
import { createOpenLimit, type OpenLimit } from './open-limit.ts';
import { sweepArea } from './staging.ts';
import { createUsage, type Usage } from './usage.ts';

/** What all trees of a process with the same root share. */
export interface Root {
  readonly jail: Jail;
  readonly usage: Usage;
  readonly space: Space;
  /** These two are of all roots together. */
  readonly openLimit: OpenLimit;
  readonly gathered: Budget;
  /** Resolves when what processes that are gone have left in that folder, by its real path, is removed: once for each. */
  sweep(folder: string): Promise<void>;
  /** Resolves when the names in that folder are on disk; who comes meanwhile shares the next turn. */
  syncFolder(folder: string): Promise<void>;
}

export interface Roots {
  /** The folder is made when there is none. */
  open(path: string): Promise<Root>;
}

export interface RootsOptions {
  /** Bytes of a disk that stay free. */
  readonly floor: number;
  /** Whether the kernel can be asked where a descriptor leads; for tests of systems that have no /proc. */
  readonly hasProc?: boolean;
  /** How many descriptors the process may have; default: as the system says. */
  readonly descriptors?: number;
  swept?(count: number): void;
  /** Something was refused because of the floor. */
  refused?(folder: string, freeBytes: number): void;
}

// How many are remembered without being in use.
const maxIdle = 1_000;
// Bytes of all drafts that wait to be written in one piece.
const maxGatheredBytes = 64 * 1024 ** 2;

export function createRoots(options: RootsOptions): Roots {
  const roots = new Map<string, Root>();
  const shared = {
    openLimit: createOpenLimit(options.descriptors ?? descriptorLimit()),
    gathered: createBudget(maxGatheredBytes),
  };
  return {
    async open(path) {
      const real = await realFolder(path);
      const root = roots.get(real) ?? createRoot(real, shared, options);
      // Those that were used last are at the end.
      roots.delete(real);
      roots.set(real, root);
      if (roots.size > maxIdle) forgetOne();
      await root.sweep(real);
      return root;
    },
  };

  function forgetOne(): void {
    for (const [path, { usage }] of roots) {
      if (!usage.isIdle) continue;
      roots.delete(path);
      return;
    }
  }
}

type Shared = Pick<Root, 'openLimit' | 'gathered'>;

function createRoot(real: string, shared: Shared, { floor, hasProc, swept, refused }: RootsOptions): Root {
  const files = {
    async freeBytes(path: string) {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
  };
  const sweeps = new Map<string, Promise<void>>();
  const syncs = new Map<string, { readonly sync: GroupCommit<null>; waiting: number }>();
  const sweepOnce = async (folder: string): Promise<void> => {
    // What cannot be removed is in nobody's way.
    const count = await sweepArea(folder).catch(() => 0);
    if (count > 0) swept?.(count);
  };
  return {
    ...shared,
    jail: createJail(real, hasProc),
    usage: createUsage(real),
    space: createSpace({ files, folder: real, floor, refused }),
    sweep(folder) {
      const known = sweeps.get(folder);
      if (known !== undefined) return known;
      if (sweeps.size > maxIdle) sweeps.clear();
      const sweeping = sweepOnce(folder);
      sweeps.set(folder, sweeping);
      return sweeping;
    },
    async syncFolder(folder) {
      const entry = syncs.get(folder) ?? {
        sync: createGroupCommit<null>({ run: () => syncNames(folder) }),
        waiting: 0,
      };
      syncs.set(folder, entry);
      entry.waiting += 1;
      try {
        await entry.sync(null);
      } finally {
        entry.waiting -= 1;
        if (entry.waiting === 0) syncs.delete(folder);
      }
    },
  };
}

async function syncNames(folder: string): Promise<void> {
  const fd = fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  fs.fsync(fd, (error) => {
    fs.closeSync(fd);
    if (error === null) resolve();
    else reject(error);
  });
  await promise;
}

async function realFolder(path: string): Promise<string> {
  try {
    return fs.realpathSync.native(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const made: string[] = [];
  makeFoldersNow(path, 0o777, (folder) => void made.push(folder));
  // What comes into them is on disk once a peer is told so. Where it cannot be said to a folder above, the disk has its own time.
  for (const folder of made) await syncNames(dirname(folder)).catch(() => {});
  return fs.realpathSync.native(path);
}
