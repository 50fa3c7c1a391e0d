import { posix } from 'node:path';

import { TreeError, type Entry, type FileReceipt, type Space, type Tree } from '../../contract/tree.ts';
import type { FileHandle } from './file-handle.ts';
import type { Attributes } from './packets/attributes.ts';
import { openFlags, statusCodes } from './packets/constants.ts';
import type { Path } from './packets/request.ts';
import { createReading, openListing } from './reading.ts';
import { setOnPath } from './set-attributes.ts';
import { Refusal } from './status.ts';
import { createUpload, modeOf, type Upload } from './upload.ts';

/** The files of one connection, by the paths that the peer says: what it is writing stands where it will be. */
export interface Files {
  open(path: Path, flags: number, attributes: Attributes): Promise<FileHandle>;
  list(path: Path): Promise<FileHandle>;
  stat(path: Path): Promise<Entry>;
  lstat(path: Path): Promise<Entry>;
  set(path: Path, attributes: Attributes): Promise<void>;
  remove(path: Path): Promise<void>;
  makeFolder(path: Path, attributes: Attributes): Promise<void>;
  removeFolder(path: Path): Promise<void>;
  rename(from: Path, to: Path, replaces: boolean): Promise<void>;
  readLink(path: Path): Promise<string>;
  space(path: Path): Promise<Space>;
  /** The absolute path. */
  resolve(path: Path): string;
}

export interface FilesOptions {
  readonly tree: Tree;
  readonly received: (receipt: FileReceipt) => void;
  /** A file that came could not be taken: once for each. */
  readonly refused: (error: unknown) => void;
}

export function createFiles({ tree, received, refused }: FilesOptions): Files {
  // The last one of each path.
  const uploads = new Map<string, Upload>();
  return {
    async open(given, flags, attributes) {
      const path = resolvePath(given);
      const has = (flag: number): boolean => (flags & flag) !== 0;
      if (!has(openFlags.write | openFlags.append)) {
        if (!has(openFlags.read)) throw new Refusal(statusCodes.failure, 'A file is opened to be read or written');
        if (!has(openFlags.create) || (await look(path)) !== null) {
          return createReading(path, await tree.open(path));
        }
      }
      return write(path, has, attributes);
    },
    list: (path) => openListing(tree, resolvePath(path)),
    stat: (path) => ofUploadOr(path, (upload) => upload.stat(), tree.stat),
    lstat: (path) => ofUploadOr(path, (upload) => upload.stat(), tree.lstat),
    set: (path, attributes) =>
      ofUploadOr(
        path,
        (upload) => upload.set(attributes),
        (whole) => setOnPath(tree, whole, attributes),
      ),
    remove: (path) =>
      ofUploadOr(
        path,
        async (upload) => {
          await tree.remove(upload.path).catch(unlessMissing);
          upload.forget();
        },
        tree.remove,
      ),
    async makeFolder(given, attributes) {
      const path = resolvePath(given);
      const mode = modeOf(attributes);
      // What a peer asks for that does not care is what a folder has anyway.
      await tree.makeFolder(path, mode === 0o755 ? null : mode);
    },
    removeFolder: async (path) => tree.removeFolder(resolvePath(path)),
    async rename(from, to, replaces) {
      const paths = [resolvePath(from), resolvePath(to)] as const;
      if (uploads.has(paths[0])) throw new Refusal(statusCodes.failure, 'The file is still being written');
      await tree.rename(...paths, replaces);
    },
    readLink: async (path) => tree.readLink(resolvePath(path)),
    space: async (path) => tree.space(resolvePath(path)),
    resolve: resolvePath,
  };

  async function write(path: string, has: (flag: number) => boolean, attributes: Attributes): Promise<FileHandle> {
    const creates = has(openFlags.create);
    const isNew = creates && has(openFlags.exclusive);
    const existing = isNew ? null : await look(path);
    if (existing === null && !creates) throw new TreeError('missing', 'There is no such file');
    const empties = isNew || has(openFlags.truncate);
    const draft = await tree.write(path, { keep: empties ? 0 : 'all', replaces: !isNew, size: null });
    // Who may not look may write over what is there, and it stays as it is.
    const isThere = existing !== null || draft.size > 0;
    const mode = isThere ? null : modeOf(attributes);
    if (mode !== null) draft.setMode(mode);
    const upload = createUpload({
      tree,
      path,
      draft,
      existing,
      mode,
      isChanged: empties || existing === null,
      appends: has(openFlags.append),
      canRead: has(openFlags.read),
      received,
      refused,
      ended(ended) {
        if (uploads.get(path) === ended) uploads.delete(path);
      },
    });
    uploads.set(path, upload);
    return upload;
  }

  /** What is there already. An account that may write but not look finds nothing, which is a new file to it. */
  async function look(path: string): Promise<Entry | null> {
    try {
      return await tree.stat(path);
    } catch (error) {
      if (error instanceof TreeError && (error.fault === 'missing' || error.fault === 'denied')) return null;
      throw error;
    }
  }

  async function ofUploadOr<T>(
    given: Path,
    ofUpload: (upload: Upload) => Promise<T>,
    ofTree: (path: string) => Promise<T>,
  ): Promise<T> {
    const path = resolvePath(given);
    const upload = uploads.get(path);
    return upload === undefined ? ofTree(path) : ofUpload(upload);
  }
}

/** Paths begin at the root, whoever says them: there is no other folder to be in. */
function resolvePath(path: Path): string {
  if (path === null) throw new TreeError('name', 'A name is written in UTF-8');
  return posix.resolve('/', path);
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof TreeError && error.fault === 'missing')) throw error;
}
