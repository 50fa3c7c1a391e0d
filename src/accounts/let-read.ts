import fs from 'node:fs';

import { defaultUser, findGroup, findUser } from '../system/users.ts';

/** As `daemon` in the configuration has it. */
export interface Reader {
  readonly user?: string | null | undefined;
  readonly group?: string | null | undefined;
}

/**
 * What root has made in a folder that is not the workers' own: they may read it by their group, and not write to it. What
 * others make is theirs, and so are the workers.
 */
export function letRead(path: string, { user, group }: Reader): void {
  if (process.geteuid?.() !== 0) return;
  const reader = findUser(user ?? defaultUser());
  const gid = group == null ? reader?.gid : findGroup(group);
  if (reader === null || reader.uid === 0 || gid == null) return;
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  try {
    const { uid } = fs.fstatSync(fd);
    if (uid === reader.uid) return;
    fs.fchownSync(fd, uid, gid);
    fs.fchmodSync(fd, 0o640);
  } finally {
    fs.closeSync(fd);
  }
}
