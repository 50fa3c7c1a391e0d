import type { Stats } from 'node:fs';

import type { Entry, EntryKind } from '../contract/tree.ts';

export function entryOf(name: string, stats: Stats): Entry {
  return {
    name: name === '' ? '/' : name,
    kind: kindOf(stats),
    size: stats.size,
    modified: Math.floor(stats.mtimeMs),
    accessed: Math.floor(stats.atimeMs),
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    links: stats.nlink,
    unique: `${stats.dev}:${stats.ino}`,
  };
}

export function kindOf(stats: Stats): EntryKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
}
