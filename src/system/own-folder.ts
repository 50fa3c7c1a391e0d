import fs from 'node:fs';

export interface Ownership {
  readonly uid: number;
  readonly gid: number;
  /** Left as it is where it is not given. */
  readonly mode?: number;
}

/**
 * Gives a folder an owner; true when it had another. Through the descriptor: its parent may belong to a worker that was taken
 * over, which could put a link in its place.
 */
export function ownFolder(path: string, { uid, gid, mode }: Ownership): boolean {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  const fd = fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    const stat = fs.fstatSync(fd);
    const isOther = stat.uid !== uid || stat.gid !== gid;
    if (isOther) fs.fchownSync(fd, uid, gid);
    // After the owner: giving a folder away may take bits of its mode.
    if (mode !== undefined && (isOther || (stat.mode & 0o7777) !== mode)) fs.fchmodSync(fd, mode);
    return isOther;
  } finally {
    fs.closeSync(fd);
  }
}
