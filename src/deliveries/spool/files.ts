import fs, { constants } from 'node:fs';
import { link, rename, rm, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

import { syncedWrites } from '../../system/synced-writes.ts';

/** What the spool needs of the file system; tests put their own in its place. */
export interface SpoolFiles {
  /** Fails where there is something of that name. `syncsWrites`: what is written is on disk when `write` resolves. */
  create(path: string, options?: { readonly syncsWrites?: boolean }): Promise<SpoolHandle>;
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file. Fails where there is something of that name, and where there are no hard links. */
  link(from: string, to: string): Promise<void>;
  /** How many names a file has; 0: there is none. */
  names(path: string): number;
  /** Does nothing where there is none. */
  remove(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  /** Bytes that are free for us on the disk of this folder. */
  freeBytes(path: string): Promise<number>;
}

export interface SpoolHandle {
  write(chunks: readonly Uint8Array[]): Promise<void>;
  sync(): Promise<void>;
  close(): void;
}

export interface SpoolFilesOptions {
  /** Another user of the folder's group has to read what is written, whatever our umask is. */
  readonly isShared?: boolean;
}

// Each of these is a way to another thread and back. What waits for no disk is done here and now: closing what is synced, and
// opening a folder to sync it.
const [open, chmod, writev, write, fsync] = [
  promisify(fs.open),
  promisify(fs.fchmod),
  promisify(fs.writev),
  promisify(fs.write),
  promisify(fs.fsync),
];

const fileMode = 0o660;

export function createSpoolFiles({ isShared = false }: SpoolFilesOptions = {}): SpoolFiles {
  return {
    async create(path, { syncsWrites = false } = {}) {
      const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
      const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | (syncsWrites ? syncedWrites : 0);
      const fd = await open(path, flags, fileMode);
      try {
        if (isShared) await chmod(fd, fileMode);
      } catch (error) {
        fs.closeSync(fd);
        await rm(path, { force: true });
        throw error;
      }
      return {
        async write(chunks) {
          await writeAll(fd, chunks);
          if (syncsWrites && syncedWrites === 0) await fsync(fd);
        },
        sync: () => fsync(fd),
        close: () => fs.closeSync(fd),
      };
    },
    rename,
    link,
    names: (path) => fs.lstatSync(path, { throwIfNoEntry: false })?.nlink ?? 0,
    remove: (path) => rm(path, { force: true }),
    async syncFolder(path) {
      const fd = fs.openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        await fsync(fd);
      } finally {
        fs.closeSync(fd);
      }
    },
    async freeBytes(path) {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
  };
}

async function writeAll(fd: number, chunks: readonly Uint8Array[]): Promise<void> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await writev(fd, chunks);
  if (bytesWritten === length) return;
  // A disk that fills up may take a part: the rest tells why.
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  for (let at = 0; at < rest.length;) at += (await write(fd, rest, at)).bytesWritten;
}
