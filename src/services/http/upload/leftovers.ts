import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Disk } from '../../../contract/disk.ts';

// Temporary files tell by their names whose they are: a worker that was killed cannot clean up, and others, of an older
// generation perhaps, may be writing theirs at this moment.

// Ids had 16 digits once, in hex.
const temporary = /^(\d{1,10}-\d{0,20})-(?:[0-9a-f]{16}|[0-9a-hjkmnp-tv-z]{20})\.part$/;

/** The name of a temporary file of the process with that mark. */
export function temporaryName(mark: string, id: string): string {
  return `${mark}-${id}.part`;
}

/** Removes the temporary files of processes that are gone; returns how many they were. */
export async function sweepLeftovers(folder: string, { isGone }: Pick<Disk, 'isGone'>): Promise<number> {
  const left = (await readdir(folder)).filter((name) => {
    const [, mark] = temporary.exec(name) ?? [];
    return mark !== undefined && isGone(mark);
  });
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
  return left.length;
}
