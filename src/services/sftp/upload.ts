import type { Entry, FileDraft, FileReceipt, Tree } from '../../contract/tree.ts';
import type { FileHandle } from './file-handle.ts';
import type { Attributes } from './packets/attributes.ts';
import { modeBits, refuseOwner } from './set-attributes.ts';

/**
 * A file that is written: under another name, until its handle is closed. What was asked for with the path of the file is done
 * to what is being written, as long as it is.
 */
export interface Upload extends FileHandle {
  /** Somebody has removed the file meanwhile: what is written is for nobody. */
  forget(): void;
}

export interface UploadOptions {
  readonly tree: Tree;
  readonly path: string;
  readonly draft: FileDraft;
  /** Of the file that is there already; null: there is none. */
  readonly existing: Entry | null;
  /** Of the new file; null: as every file has. */
  readonly mode: number | null;
  /** Even if nothing is written: the file is new, or was emptied. */
  readonly isChanged: boolean;
  readonly appends: boolean;
  readonly canRead: boolean;
  readonly received: (receipt: FileReceipt) => void;
  /** What came could not be taken: called once. */
  readonly refused: (error: unknown) => void;
  /** It is no longer being written. */
  readonly ended: (upload: Upload) => void;
}

export function createUpload(options: UploadOptions): Upload {
  const { tree, path, existing, appends, canRead } = options;
  let draft: FileDraft | null = options.draft;
  let isDirty = options.isChanged;
  let isForgotten = false;
  let failure: unknown = null;
  let mode = existing?.mode ?? options.mode ?? 0o644;
  let times = existing ?? { accessed: Date.now(), modified: Date.now() };
  let hasTimes = false;

  const upload: Upload = {
    path,
    async stat() {
      const size = draft?.size ?? (await tree.stat(path)).size;
      const { accessed, modified } = times;
      const { uid, gid } = existing ?? ownIds();
      return { name: nameOf(path), kind: 'file', size, accessed, modified, mode, uid, gid, links: 1, unique: '' };
    },
    async set(attributes) {
      if (attributes.owner !== null) refuseOwner(attributes.owner, existing ?? ownIds());
      await change(async (current) => {
        if (attributes.size !== null && attributes.size !== current.size) await current.truncate(attributes.size);
        if (attributes.mode !== null) current.setMode((mode = attributes.mode & modeBits));
        if (attributes.times !== null) {
          hasTimes = true;
          times = attributes.times;
          current.setTimes(times.accessed, times.modified);
        }
      });
    },
    write: (bytes, offset) =>
      change(async (current) => {
        await (appends ? current.write(bytes) : current.writeAt(bytes, offset));
        if (!hasTimes) times = { accessed: times.accessed, modified: Date.now() };
      }),
    // After it, a crash does not take away what was written: so it stands where it belongs, as far as it has come.
    sync: commit,
    async close() {
      options.ended(upload);
      await commit().finally(drop);
    },
    async abandon() {
      options.ended(upload);
      const isLost = isDirty && !isForgotten && draft !== null;
      await drop();
      return isLost;
    },
    forget() {
      isForgotten = true;
      options.ended(upload);
    },
    ...(canRead ? { read: async (buffer: Buffer, offset: number) => (await open()).readAt(buffer, offset) } : {}),
  };
  return upload;

  /** What has failed once is not whole, and never becomes it: a peer that goes on and closes must not be told otherwise. */
  async function change(task: (draft: FileDraft) => Promise<void>): Promise<void> {
    if (failure !== null) throw failure;
    const current = await open();
    isDirty = true;
    try {
      await task(current);
    } catch (error) {
      if (failure === null) options.refused(error);
      failure = error;
      throw error;
    }
  }

  /** After a sync, what comes goes into another draft that begins with what is there. */
  async function open(): Promise<FileDraft> {
    draft ??= await tree.write(path, { keep: 'all', replaces: true, size: null });
    return draft;
  }

  async function commit(): Promise<void> {
    if (failure !== null) throw failure;
    if (!isDirty || isForgotten || draft === null) return;
    try {
      options.received(await draft.commit());
    } catch (error) {
      options.refused(error);
      failure = error;
      throw error;
    }
    isDirty = false;
    await drop();
  }

  async function drop(): Promise<void> {
    const last = draft;
    draft = null;
    await last?.[Symbol.asyncDispose]();
  }
}

/** A mode that a new file is opened with, as the umask leaves it. */
export function modeOf(attributes: Attributes): number | null {
  return attributes.mode === null ? null : attributes.mode & modeBits & ~0o022;
}

function ownIds(): { uid: number; gid: number } {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
