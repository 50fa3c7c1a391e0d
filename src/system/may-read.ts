import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Reader {
  readonly uid: number;
  readonly gid: number;
}

/** Whether a user gets at a file, by the permission bits of the file and of all folders above it. False where there is none. */
export function mayRead(path: string, reader: Reader): boolean {
  try {
    return allows(path, reader, 0o4) && mayEnter(dirname(path), reader);
  } catch {
    return false;
  }
}

/** Whether a user can go into a folder, through all above it. False where there is none. */
export function mayEnter(path: string, reader: Reader): boolean {
  try {
    for (let folder = path; ; folder = dirname(folder)) {
      if (!allows(folder, reader, 0o1)) return false;
      if (folder === dirname(folder)) return true;
    }
  } catch {
    return false;
  }
}

/** Whether a user gets at our own files: a checkout of root's may be nobody else's. */
export function mayReadUs(reader: Reader): boolean {
  return mayRead(fileURLToPath(import.meta.url), reader);
}

function allows(path: string, { uid, gid }: Reader, bit: number): boolean {
  if (uid === 0) return true;
  const stats = statSync(path);
  const shift = stats.uid === uid ? 6 : stats.gid === gid ? 3 : 0;
  return ((stats.mode >> shift) & bit) !== 0;
}
