import { statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Who gets at files. */
export interface Reader {
  readonly uid: number;
  /** The main group. */
  readonly gid: number;
  /** The supplementary ones. */
  readonly groups?: Iterable<number>;
}

/** What may be wanted of a path: read it, write it, go into it or run it. */
export type Want = 'read' | 'write' | 'enter';

const bits: Readonly<Record<Want, number>> = { read: 4, write: 2, enter: 1 };

/** By permission bits alone: lists of access and security modules may say otherwise. */
export function permits(stats: Stats, want: Want, { uid, gid, groups }: Reader): boolean {
  // Root runs what anybody may run, and goes everywhere.
  if (uid === 0) return want !== 'enter' || stats.isDirectory() || (stats.mode & 0o111) !== 0;
  const isMember = [gid, ...(groups ?? [])].includes(stats.gid);
  const shift = stats.uid === uid ? 6 : isMember ? 3 : 0;
  return ((stats.mode >> shift) & bits[want]) !== 0;
}

/** Whether a user gets at a file, by the permission bits of the file and of all folders above it. False where there is none. */
export function mayRead(path: string, reader: Reader): boolean {
  try {
    return permits(statSync(path), 'read', reader) && mayEnter(dirname(path), reader);
  } catch {
    return false;
  }
}

/** Whether a user can go into a folder, through all above it. False where there is none. */
export function mayEnter(path: string, reader: Reader): boolean {
  try {
    for (let folder = path; ; folder = dirname(folder)) {
      if (!permits(statSync(folder), 'enter', reader)) return false;
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
