import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface Abandoned {
  readonly folder: string;
  /** What their names begin with. */
  readonly prefix: string;
  /** Since nothing of them was changed. */
  readonly ageMs: number;
  readonly now?: number;
}

/** Removes the files of attempts that ended with their process. What cannot be removed stays: it is in nobody's way. */
export async function removeAbandoned({ folder, prefix, ageMs, now = Date.now() }: Abandoned): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names.filter((each) => each.startsWith(prefix))) {
    const path = join(folder, name);
    const stat = await lstat(path).catch(() => null);
    // The time of the last change of its contents can be set by anybody, this one by nobody.
    if (stat === null || !stat.isFile() || now - stat.ctimeMs < ageMs) continue;
    await rm(path, { force: true }).catch(() => {});
  }
}
