import fs from 'node:fs';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';

import type { FileDraft, FileReceipt } from '../contract/tree.ts';
import { randomName } from '../system/random-name.ts';
import type { Space } from '../system/space.ts';
import { fileTime } from './file-time.ts';
import { codeOf, isUnreachable, toTreeError, treeError } from './fault.ts';
import type { Held } from './jail.ts';
import { fileToReplace, place } from './place.ts';
import type { Root } from './roots.ts';
import { createStagedFile } from './staged-file.ts';
import { closeStaged, stageCopy, unstage, type Staged } from './staging.ts';

export interface DraftOptions {
  readonly root: Root;
  /** Given back with the draft. */
  readonly openPlace: Disposable;
  readonly staged: Staged;
  /** Where it will stand; the draft closes it. */
  readonly parent: Held;
  readonly name: string;
  /** The path in the tree, as told to peers. */
  readonly path: string;
  /** Bytes it begins with. */
  readonly kept: number;
  readonly replaces: boolean;
  /** Its bytes may be read back. */
  readonly canRead: boolean;
  readonly syncs: boolean;
  readonly quota: number | null;
  readonly maxFileSize: number | null;
  /** Bytes that have room on the disk already, of those that will come. */
  readonly room: number;
  readonly space: Space;
  /** Hands its bytes on; null: to nobody. */
  readonly deliver: DeliverFile | null;
}

export interface DeliverFile {
  (file: DeliverableFile): Promise<Delivered>;
}

export interface DeliverableFile {
  readonly size: number;
  read(buffer: Uint8Array, position: number): Promise<number>;
}

/** All is copied; `commit` puts it into the queue. */
export interface Delivered extends AsyncDisposable {
  commit(): Promise<{ readonly id: string; readonly sha256: string }>;
}

const fsync = promisify(fs.fsync);
// How much is written between two looks at the disk.
const spaceStep = 4 * 1024 ** 2;

export function createFileDraft(options: DraftOptions): FileDraft {
  const { root, staged, parent, name, kept, quota, maxFileSize, space } = options;
  const { fd } = staged;
  const file = createStagedFile(fd, root.gathered);
  const target = `${parent.via}/${name}`;
  let size = kept;
  let reserved = 0;
  /** What there is room for beyond what has come; below zero, more has come. */
  let room = options.room;
  /** Bytes that were taken and are not told as written. */
  let taken = options.room;
  let times: readonly [accessed: number | Date, modified: number | Date] | null = null;
  let mode: number | null = null;
  let state: 'open' | 'committing' | 'committed' | 'gone' = 'open';
  /** Writes that wait for room on the disk, one after the other. */
  let turns: Promise<void> = Promise.resolve();
  let waiting = 0;
  let committing: Promise<FileReceipt> | null = null;
  let failure: { readonly error: unknown } | null = null;

  return {
    get size() {
      return size;
    },
    write: (chunk) => writeAt(chunk, size),
    writeAt,
    async readAt(buffer, position) {
      checkOpen();
      if (!options.canRead) throw treeError('denied');
      return file.read(buffer, position).catch(rethrow);
    },
    async truncate(length) {
      checkOpen();
      grow(length);
      // What a longer file leaves out may be written later.
      await inTurn(() => file.truncate(length)).catch(rethrow);
    },
    setTimes(accessed, modified) {
      times = [fileTime(accessed), fileTime(modified)];
    },
    setMode(bits) {
      mode = bits & 0o777;
    },
    async commit() {
      checkOpen();
      state = 'committing';
      committing = commit().catch(rethrow);
      return committing;
    },
    async [Symbol.asyncDispose]() {
      if (state === 'gone') return;
      // What is under way comes to its end first.
      await committing?.catch(() => {});
      const isLeft = state !== 'committed';
      state = 'gone';
      await turns;
      await file.settled();
      space.giveBack(taken);
      root.usage.release(reserved);
      using _place = options.openPlace;
      using _parent = parent;
      if (isLeft) await unstage(staged);
      else closeStaged(staged);
    },
  };

  function writeAt(chunk: Uint8Array, position: number): Promise<void> {
    try {
      checkOpen();
      const end = position + chunk.length;
      if (end > size) grow(end);
    } catch (error) {
      return Promise.reject(error);
    }
    return inTurn(() => write(chunk, position)).catch(rethrow);
  }

  /** Once there is room on the disk. */
  function inTurn(task: () => Promise<void>): Promise<void> {
    if (room >= 0 && waiting === 0) return task();
    waiting += 1;
    const turn = turns.then(makeRoom).then(task);
    turns = turn.catch((error: unknown) => void (failure ??= { error })).then(() => void (waiting -= 1));
    return turn;
  }

  async function write(chunk: Uint8Array, position: number): Promise<void> {
    await file.write(chunk, position);
    const written = taken - Math.max(0, room);
    if (written <= 0) return;
    taken -= written;
    space.wrote(written);
  }

  function checkOpen(): void {
    if (failure !== null) throw failure.error;
    if (state !== 'open') throw treeError('failed', new Error('the draft is closed'));
  }

  /** To this length, or down to it. */
  function grow(length: number): void {
    if (!Number.isSafeInteger(length) || length < 0 || (maxFileSize !== null && length > maxFileSize))
      throw treeError('too-large');
    const wanted = Math.max(0, length - kept);
    if (wanted > reserved) root.usage.reserve(wanted - reserved, quota);
    else root.usage.release(reserved - wanted);
    // Others may have what a shorter file leaves.
    room -= Math.max(0, length - size);
    [reserved, size] = [wanted, length];
  }

  async function makeRoom(): Promise<void> {
    if (failure !== null) throw failure.error;
    if (room >= 0) return;
    const bytes = size < spaceStep ? -room : Math.max(-room, spaceStep);
    room += bytes;
    await space.take(bytes);
    taken += bytes;
  }

  async function commit(): Promise<FileReceipt> {
    await turns;
    if (failure !== null) throw failure.error;
    await file.flush();
    const replaced = checkTarget();
    dress(fd, replaced);
    const waits = options.syncs || options.deliver !== null;
    await using delivered = waits ? await syncAndDeliver() : null;
    let former = waits ? checkTarget() : replaced;
    // First of all: what then does not get its place is sent again, and delivered twice. The other way round it might never be.
    const queued = delivered === null ? null : await delivered.commit();
    if (delivered !== null) former = fs.lstatSync(target, { throwIfNoEntry: false }) ?? null;
    await putInPlace(replaced);
    state = 'committed';
    root.usage.change(size - (former?.isFile() === true ? former.size : 0), former === null ? 1 : 0);
    if (options.syncs) await syncName();
    const { id, sha256 } = queued ?? { id: randomName(), sha256: null };
    return { id, name: options.path.slice(1), size, sha256, isReplacement: former !== null };
  }

  function checkTarget(): fs.Stats | null {
    const replaced = fileToReplace(target);
    if (replaced !== null && !options.replaces) throw treeError('exists');
    return replaced;
  }

  async function putInPlace(replaced: fs.Stats | null): Promise<void> {
    try {
      await place(staged.path, target, options.replaces);
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw error;
      await copyInPlace(replaced);
    }
  }

  /** Where the same file system is mounted twice, only the attempt shows that nothing can be moved between the two. */
  async function copyInPlace(replaced: fs.Stats | null): Promise<void> {
    const copy = await stageCopy(root.jail, parent, staged.path);
    try {
      dress(copy.fd, replaced);
      if (options.syncs) await fsync(copy.fd);
      await place(copy.path, target, options.replaces);
    } finally {
      await unstage(copy);
    }
    await rm(staged.path, { force: true });
  }

  /** Mode and owner are those of the file that it replaces, as far as we may give them. */
  function dress(draft: number, replaced: fs.Stats | null): void {
    const own = fs.fstatSync(draft);
    if (replaced !== null && (replaced.uid !== own.uid || replaced.gid !== own.gid)) give(draft, replaced);
    const bits = mode ?? (replaced ?? (draft === fd ? own : fs.fstatSync(fd))).mode & 0o777;
    if (bits !== (own.mode & 0o7777)) fs.fchmodSync(draft, bits);
    if (times !== null) fs.futimesSync(draft, ...times);
  }

  function give(draft: number, { uid, gid }: fs.Stats): void {
    try {
      fs.fchownSync(draft, uid, gid);
    } catch (error) {
      if (codeOf(error) !== 'EPERM') throw error;
    }
  }

  async function syncAndDeliver(): Promise<Delivered | null> {
    const syncing = options.syncs ? fsync(fd) : null;
    const [synced, delivered] = await Promise.allSettled([
      syncing,
      options.deliver?.({ size, read: file.read }) ?? null,
    ]);
    if (delivered.status === 'rejected') throw delivered.reason;
    if (synced.status === 'fulfilled') return delivered.value;
    await delivered.value?.[Symbol.asyncDispose]();
    throw synced.reason;
  }

  async function syncName(): Promise<void> {
    try {
      await root.syncFolder(parent.place);
    } catch (error) {
      // The file itself takes its name along on most file systems.
      if (!isUnreachable(error)) throw error;
      await fsync(fd);
    }
  }
}

function rethrow(error: unknown): never {
  throw toTreeError(error);
}
