import { join } from 'node:path';

import { hasNoLinks } from '../wire/no-links.ts';
import { ownMark } from '../system/process-mark.ts';
import type { SpoolFiles, SpoolHandle } from './spool/files.ts';
import { draftsFolder, wholeFolder } from './spool/spool-folder.ts';

/**
 * A file of the spool that things are added to one after the other. As long as that may go on, or it is open whether one of them has
 * come into the queue, the file has its name among the drafts as well: nobody removes it then (`courier/cleaner.ts`).
 */
export interface SharedFile {
  /**
   * Adds to its end; resolves when it is whole and on disk, its folder too. One call after the other, and none after one that failed.
   * A NoLinksError: here a file holds but one thing.
   */
  add(parts: readonly (readonly Uint8Array[])[]): Promise<readonly SharedPlace[]>;
  /** Nothing more is added. */
  end(): void;
  /** Bytes. */
  readonly size: number;
  readonly isOver: boolean;
}

export interface SharedPlace {
  readonly file: string;
  readonly offset: number;
  /** False: somebody has removed it, although nobody may yet. */
  isThere(): boolean;
  /** It is in the queue, or may be. */
  stay(): void;
  /** It did not come into the queue: the file goes with the last one that did not. */
  leave(): Promise<void>;
}

export interface SharedFileOptions {
  readonly files: SpoolFiles;
  /** The folder of our user in the spool. */
  readonly folder: string;
  /** What it is called. */
  readonly file: string;
  /** Resolves when the folder of whole files is synced. */
  syncFolder(): Promise<void>;
}

/** Nothing would keep a file from being removed while it is open what becomes of some of the things in it. */
export class NoLinksError extends Error {
  override readonly name = 'NoLinksError';
}

export function createSharedFile({ files, folder, file, syncFolder }: SharedFileOptions): SharedFile {
  const draft = join(draftsFolder(folder), `${file}.${ownMark}`);
  const whole = join(wholeFolder(folder), file);
  let handle: SpoolHandle | null = null;
  let names: 'none' | 'draft' | 'both' | 'whole' = 'none';
  let size = 0;
  let isOver = false;
  let isAdding = false;
  /** Of how many it is open what becomes of them, and how many are in the queue. */
  let undecided = 0;
  let kept = 0;

  return {
    async add(parts) {
      const chunks = parts.flat();
      isAdding = true;
      try {
        handle ??= await create();
        if (chunks.length > 0) await handle.write(chunks);
        if (names === 'draft') await publish(handle, parts.length);
      } catch (error) {
        isOver = true;
        isAdding = false;
        await settle();
        throw error;
      }
      undecided += parts.length;
      isAdding = false;
      // Where a file can have but one name nothing is added to it.
      if (names === 'whole') isOver = true;
      if (isOver) void settle();
      return parts.map(placeOf);
    },
    end() {
      isOver = true;
      void settle();
    },
    get size() {
      return size;
    },
    get isOver() {
      return isOver;
    },
  };

  async function create(): Promise<SpoolHandle> {
    const created = await files.create(draft, { syncsWrites: true });
    names = 'draft';
    return created;
  }

  /** Both at once: in the queue it is only after them. */
  async function publish(created: SpoolHandle, count: number): Promise<void> {
    if (!(await isLinked())) {
      if (count > 1) throw new NoLinksError('a file can have but one name here');
      await files.rename(draft, whole);
      names = 'whole';
    }
    const results = await Promise.allSettled([created.sync(), syncFolder()]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async function isLinked(): Promise<boolean> {
    try {
      await files.link(draft, whole);
    } catch (error) {
      if (hasNoLinks(error)) return false;
      throw error;
    }
    names = 'both';
    // Who removes goes by that number, and not every file system tells it.
    if (files.names(draft) > 1) return true;
    await files.remove(whole);
    names = 'draft';
    return false;
  }

  function placeOf(chunks: readonly Uint8Array[]): SharedPlace {
    const offset = size;
    size += chunks.reduce((sum, { length }) => sum + length, 0);
    return {
      file,
      offset,
      isThere: () => names !== 'both' || files.names(draft) > 1,
      stay() {
        undecided -= 1;
        kept += 1;
        void settle();
      },
      async leave() {
        undecided -= 1;
        if (kept + undecided === 0 && !isAdding) isOver = true;
        await settle();
      },
    };
  }

  /** Gives up what is not needed any more. What cannot be removed is in nobody's way, and found later. */
  async function settle(): Promise<void> {
    if (!isOver || isAdding) return;
    const done = handle;
    handle = null;
    try {
      done?.close();
    } catch {
      // What was acknowledged is on the disk.
    }
    if (undecided > 0) return;
    const [hasDraft, hasWhole] = [names === 'draft' || names === 'both', names === 'both' || names === 'whole'];
    names = 'none';
    if (hasWhole && kept === 0) await files.remove(whole).catch(() => {});
    if (hasDraft) await files.remove(draft).catch(() => {});
  }
}
