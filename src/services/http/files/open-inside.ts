import fs, { type BigIntStats } from 'node:fs';

import { absent, HttpError } from '../route.ts';
import { fileError } from './file-error.ts';

// The jail. Whatever symbolic links do, and whoever changes them meanwhile: it is the file that is open whose place is looked
// at, and nothing is read from it before.

export interface OpenFile {
  /** The caller's to close. */
  readonly fd: number;
  readonly stats: BigIntStats;
}

const { O_RDONLY, O_NONBLOCK, O_NOCTTY, O_DIRECTORY } = fs.constants;

export interface OpenInside {
  readonly root: string;
  readonly path: string;
  readonly kind: 'file' | 'folder';
  /** Who we are. */
  readonly user: string;
}

/** A regular file (or a folder) below `root`, open for reading. Throws the HttpError for what is none, or is elsewhere. */
export function openInside({ root, path, kind, user }: OpenInside): OpenFile {
  // A FIFO would be waited for without O_NONBLOCK.
  const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (kind === 'folder' ? O_DIRECTORY : 0);
  const fd = opened(path, flags, user);
  try {
    const stats = fs.fstatSync(fd, { bigint: true });
    if (kind === 'file' && !stats.isFile()) throw new HttpError(403, 'This is no file.');
    if (!isInside(placeOf(fd, path), fs.realpathSync.native(root))) throw absent();
    return { fd, stats };
  } catch (error) {
    fs.closeSync(fd);
    throw error instanceof HttpError ? error : fileError(error, user);
  }
}

function opened(path: string, flags: number, user: string): number {
  try {
    return fs.openSync(path, flags);
  } catch (error) {
    throw fileError(error, user);
  }
}

/** The real path of an open file. */
function placeOf(fd: number, path: string): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // No /proc: the path as it is now, if it still leads to the same file.
  const real = fs.realpathSync.native(path);
  const [now, then] = [fs.lstatSync(real, { bigint: true }), fs.fstatSync(fd, { bigint: true })];
  if (now.ino !== then.ino || now.dev !== then.dev) throw absent();
  return real;
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
}
