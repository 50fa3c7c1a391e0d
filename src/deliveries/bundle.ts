import { createGroupCommit } from '../system/group-commit.ts';
import { newItemId } from '../wire/item-id.ts';
import { createSharedFile, NoLinksError, type SharedFile, type SharedPlace } from './shared-file.ts';
import type { SpoolFiles } from './spool/files.ts';

/** Where a thing lies: in a file, from a byte on. */
export interface Place {
  readonly file: string;
  readonly offset: number;
}

/** Small things that come soon after each other share a file, and with it all that a file costs; those of the same moment a sync. */
export interface Bundles {
  /** Resolves when it is whole and on disk, its folder too. Whoever has added it says what became of it. */
  add(chunks: readonly Uint8Array[]): Promise<SharedPlace>;
}

export interface BundlesOptions {
  readonly files: SpoolFiles;
  /** The folder of our user in the spool. */
  readonly folder: string;
  /** Resolves when the folder of whole files is synced. */
  syncFolder(): Promise<void>;
  readonly now: () => number;
  /** How long a file waits for what may be added to it. */
  readonly idleMs?: number;
}

interface Member {
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  place?: SharedPlace;
}

// Of what is written in a moment.
const maxBatchBytes = 2 * 1024 ** 2;
// Past it nothing more is added: all of it stays as long as a single thing in it cannot be delivered, and who sends such things
// must not be able to keep everybody else's.
const fullBytes = 256 * 1024;
const defaultIdleMs = 50;
// As long as it is added to, nothing in it is removed.
const longestMs = 1_000;

export function createBundles({ files, folder, syncFolder, now, idleMs = defaultIdleMs }: BundlesOptions): Bundles {
  const joinBatch = createGroupCommit<Member>({ run: write, maxWeight: maxBatchBytes, weightOf: ({ size }) => size });
  let mayShare = true;
  let shared: SharedFile | null = null;
  let openedAt = 0;
  let timer: NodeJS.Timeout | undefined;

  return {
    async add(chunks) {
      const member: Member = { chunks, size: chunks.reduce((sum, { length }) => sum + length, 0) };
      await joinBatch(member);
      return member.place as SharedPlace;
    },
  };

  async function write(members: readonly Member[]): Promise<void> {
    if (!mayShare) return writeAlone(members);
    try {
      await writeTogether(members);
    } catch (error) {
      if (!(error instanceof NoLinksError)) throw error;
      mayShare = false;
      await writeAlone(members);
    }
  }

  /** Each in a file of its own. */
  async function writeAlone(members: readonly Member[]): Promise<void> {
    const results = await Promise.allSettled(
      members.map(async (member) => {
        const file = createSharedFile({ files, folder, file: newItemId(now()), syncFolder });
        member.place = (await file.add([member.chunks]))[0] as SharedPlace;
        file.end();
      }),
    );
    const failure = results.find((result) => result.status === 'rejected');
    if (failure === undefined) return;
    await Promise.all(members.map(async ({ place }) => place?.leave()));
    throw failure.reason;
  }

  async function writeTogether(members: readonly Member[]): Promise<void> {
    clearTimeout(timer);
    const file = fileFor(members.reduce((sum, { size }) => sum + size, 0));
    const places = await file.add(members.map(({ chunks }) => chunks));
    members.forEach((member, index) => (member.place = places[index] as SharedPlace));
    timer = setTimeout(file.end, idleMs);
    // What a process that ends has held, nobody adds to.
    timer.unref();
  }

  function fileFor(bytes: number): SharedFile {
    const at = now();
    const isUsable = shared !== null && !shared.isOver && shared.size + bytes <= fullBytes;
    if (shared !== null && isUsable && Math.abs(at - openedAt) < longestMs) return shared;
    shared?.end();
    openedAt = at;
    shared = createSharedFile({ files, folder, file: newItemId(at), syncFolder });
    return shared;
  }
}
