import { join } from 'node:path';

import { createGroupCommit } from '../system/group-commit.ts';
import { newItemId } from '../wire/item-id.ts';
import type { SpoolFiles } from './spool/files.ts';
import { ownMark } from '../system/process-mark.ts';
import { draftsFolder, wholeFolder } from './spool/spool-folder.ts';

/** Where a thing lies: in a file, from a byte on. */
export interface Place {
  readonly file: string;
  readonly offset: number;
}

export interface BundlePlace extends Place {
  /** It did not come into the queue: the file goes with the last one that did not. */
  leave(): Promise<void>;
}

/** Small things that are ready in the same moment share a file, and with it all that a file costs: most of all its sync. */
export interface Bundles {
  /** Resolves when it is whole and on disk, its folder too. */
  add(chunks: readonly Uint8Array[]): Promise<BundlePlace>;
}

export interface BundlesOptions {
  readonly files: SpoolFiles;
  /** The folder of our user in the spool. */
  readonly folder: string;
  /** Resolves when the folder of whole files is synced. */
  syncFolder(): Promise<void>;
  readonly now: () => number;
}

interface Member {
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  place?: BundlePlace;
}

// What is written in a moment, and what a single thing that cannot be delivered keeps from being removed.
const maxBundleBytes = 2 * 1024 ** 2;

export function createBundles({ files, folder, syncFolder, now }: BundlesOptions): Bundles {
  const joinBatch = createGroupCommit<Member>({ run: write, maxWeight: maxBundleBytes, weightOf: ({ size }) => size });
  return {
    async add(chunks) {
      const member: Member = { chunks, size: chunks.reduce((sum, { length }) => sum + length, 0) };
      await joinBatch(member);
      return member.place as BundlePlace;
    },
  };

  async function write(members: readonly Member[]): Promise<void> {
    const file = newItemId(now());
    const draft = join(draftsFolder(folder), `${file}.${ownMark}`);
    const whole = join(wholeFolder(folder), file);
    let path: string | null = null;
    try {
      const handle = await files.create(draft);
      path = draft;
      try {
        const chunks = members.flatMap((member) => member.chunks);
        if (chunks.length > 0) await handle.write(chunks);
        await handle.sync();
      } finally {
        handle.close();
      }
      await files.rename(draft, whole);
      path = whole;
      await syncFolder();
    } catch (error) {
      if (path !== null) await files.remove(path).catch(() => {});
      throw error;
    }
    let staying = members.length;
    const leave = async (): Promise<void> => {
      staying -= 1;
      if (staying === 0) await files.remove(whole);
    };
    let offset = 0;
    for (const member of members) {
      member.place = { file, offset, leave };
      offset += member.size;
    }
  }
}
