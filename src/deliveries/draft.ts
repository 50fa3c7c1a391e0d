import { createHash } from 'node:crypto';

import { NoSpaceError, type Draft, type LateFacts, type Receipt } from '../contract/delivery.ts';
import { TemporaryError } from '../contract/errors.ts';
import type { Bundles, Place } from './bundle.ts';
import type { Budget } from '../system/budget.ts';
import type { SpoolFiles, SpoolHandle } from './spool/files.ts';
import type { Space } from '../system/space.ts';
import { createGathered } from '../wire/gathered.ts';
import type { SharedPlace } from './shared-file.ts';

export interface SpoolDraftOptions {
  readonly files: SpoolFiles;
  readonly space: Space;
  /** For what is small. */
  readonly bundles: Bundles;
  /** Of memory for what has come and is not written yet, of all drafts. */
  readonly budget: Budget;
  /** Where it is written, and where it stands when it is whole, if it gets a file of its own; what that is called. */
  readonly draftPath: string;
  readonly wholePath: string;
  readonly file: string;
  /** Bytes that were announced, and have their room already. */
  readonly announced: number;
  /** Resolves when the folder of whole files is synced. */
  syncFolder(): Promise<void>;
  /** Puts it into the queue; the file goes if that fails for certain. */
  enqueue(written: Written, late: LateFacts): Promise<Receipt>;
}

export interface Written extends Place {
  readonly size: number;
  readonly sha256: string;
}

/** It cannot be said whether it came into the queue: the file has to stay. */
export class UncertainError extends Error {
  override readonly name = 'UncertainError';
}

// Most things are smaller than this: they are written when all of them has come, together with others.
const gatherBytes = 131_072;
// How much is written between two looks at the disk.
const spaceStep = 4 * 1024 ** 2;

/** A file of the spool that is being written. */
export function createSpoolDraft(options: SpoolDraftOptions): Draft {
  const { files, space, bundles, budget, draftPath, wholePath } = options;
  const hash = createHash('sha256');
  let size = 0;
  /** Bytes that have their room on the disk, and are not there yet. */
  let room = options.announced;
  const gathered = createGathered();
  let handle: SpoolHandle | null = null;
  let path: string | null = null;
  let state: 'open' | 'committed' | 'gone' = 'open';
  let sealing: Promise<void> | null = null;
  let shared: SharedPlace | null = null;
  /** What is being done to the file: one thing after the other. */
  let work: Promise<void> = Promise.resolve();

  const inTurn = (task: () => Promise<void>): Promise<void> => {
    const turn = work.then(task);
    work = turn.catch(() => {});
    return turn.catch((error: unknown) => {
      throw isFull(error) ? new NoSpaceError('the disk of the spool is full', { cause: error }) : error;
    });
  };

  return {
    write(chunk) {
      if (state !== 'open' || sealing !== null) return Promise.reject(new Error('the draft is closed'));
      hash.update(chunk);
      size += chunk.length;
      gathered.add(chunk);
      budget.add(chunk.length);
      return gathered.length < gatherBytes && !budget.isSpent() ? Promise.resolve() : inTurn(flush);
    },
    seal,
    async commit(late = {}): Promise<Receipt> {
      const isSmall = path === null && sealing === null;
      const place = isSmall ? await placeWithOthers() : await placeAlone();
      try {
        const receipt = await options.enqueue({ ...place, size, sha256: hash.digest('hex') }, late);
        checkPlace();
        keep();
        return receipt;
      } catch (error) {
        if (!(error instanceof UncertainError)) throw error;
        keep();
        throw error.cause;
      }
    },
    async [Symbol.asyncDispose]() {
      if (state === 'committed' || state === 'gone') return;
      state = 'gone';
      takeGathered();
      // What is under way comes to its end first.
      await work;
      leaveRoom();
      handle?.close();
      if (path !== null) await files.remove(path);
      await shared?.leave();
    },
  };

  function seal(): Promise<void> {
    if (state !== 'open') return Promise.reject(new Error('the draft is closed'));
    sealing ??= inTurn(async () => {
      await flush();
      await handle?.sync();
      const done = handle;
      handle = null;
      done?.close();
    });
    return sealing;
  }

  async function placeWithOthers(): Promise<Place> {
    if (state !== 'open') throw new Error('the draft is closed');
    sealing = Promise.resolve();
    await inTurn(async () => {
      const bytes = gathered.length;
      await makeRoom(bytes);
      shared = await bundles.add(takeGathered());
      wrote(bytes);
    });
    const { file, offset } = shared as unknown as SharedPlace;
    return { file, offset };
  }

  async function placeAlone(): Promise<Place> {
    await seal();
    await inTurn(async () => {
      await files.rename(draftPath, wholePath);
      path = wholePath;
      await options.syncFolder();
    });
    return { file: options.file, offset: 0 };
  }

  /** The queue passes over what is no longer in the spool. Other versions of this program may remove what others still add to. */
  function checkPlace(): void {
    if (shared?.isThere() !== false) return;
    const gone = new TemporaryError('its file is no longer in the spool');
    throw new UncertainError(gone.message, { cause: gone });
  }

  function keep(): void {
    state = 'committed';
    shared?.stay();
    leaveRoom();
  }

  function takeGathered(): Uint8Array[] {
    budget.add(-gathered.length);
    return gathered.take();
  }

  async function makeRoom(bytes: number): Promise<void> {
    if (room >= bytes) return;
    const step = size < spaceStep ? bytes : Math.max(bytes, spaceStep);
    await space.take(step);
    room += step;
  }

  function wrote(bytes: number): void {
    room -= bytes;
    space.wrote(bytes);
  }

  /** What was announced and did not come, or taken ahead. */
  function leaveRoom(): void {
    space.giveBack(room);
    room = 0;
  }

  async function flush(): Promise<void> {
    const bytes = gathered.length;
    const chunks = takeGathered();
    await makeRoom(bytes);
    if (handle === null) {
      handle = await files.create(draftPath);
      path = draftPath;
    }
    if (bytes === 0) return;
    await handle.write(chunks);
    wrote(bytes);
  }
}

function isFull(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT';
}
