import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { hasNoLinks } from '../../../wire/no-links.ts';
import { syncFolder } from '../../../system/sync-folder.ts';
import { numberedNames } from '../../numbered-names.ts';

/** A file that is whole, and synced. */
export interface StagedFile {
  /** Where it is; on the same file system as the folder. */
  readonly temporary: string;
  readonly size: number;
  readonly sha256: string;
  /** Milliseconds since 1970: the time of its last change, by which it is recognised. */
  readonly changed: number;
}

export interface Placing {
  readonly file: StagedFile;
  readonly folder: string;
  readonly name: string;
  /** Of the item; stands in the name where too many others have the same. */
  readonly id: string;
  /** Makes the hard link; for tests of file systems that have none. */
  readonly makeLink?: typeof link;
}

/**
 * Puts a file into a folder, in one step for all who look. Nothing is replaced: where there is another of that name it becomes
 * "name-2.ext" and so on, and where it has been put before, that one stays. A link fails where there is something, so that of
 * two files at the same moment only one finds the place free.
 */
export async function placeFile({ file, folder, name, id, makeLink = link }: Placing): Promise<void> {
  for (const candidate of numberedNames(name, id)) {
    const path = join(folder, candidate);
    const isFree = await put(file.temporary, path, makeLink);
    if (!isFree && !(await isSame(path, file))) continue;
    await rm(file.temporary, { force: true });
    return syncFolder(folder);
  }
  throw new Error('there are too many files of that name');
}

/** False where there is something. */
async function put(temporary: string, path: string, makeLink: typeof link): Promise<boolean> {
  try {
    await makeLink(temporary, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!hasNoLinks(error)) throw error;
  }
  // No hard links here: an empty file takes the place first.
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  await rename(temporary, path);
  return true;
}

/** Whether it is the same thing, from an attempt before this one. */
async function isSame(path: string, { size, sha256, changed }: StagedFile): Promise<boolean> {
  const stat = await lstat(path).catch(() => null);
  if (stat === null || !stat.isFile() || stat.size !== size || Math.abs(stat.mtimeMs - changed) >= 1) return false;
  const fd = await openForReading(path);
  if (fd === null) return false;
  const hash = createHash('sha256');
  for await (const chunk of fs.createReadStream(path, { fd })) hash.update(chunk as Buffer);
  return hash.digest('hex') === sha256;
}

async function openForReading(path: string): Promise<number | null> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  return new Promise((resolve) => {
    fs.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, (error, fd) => resolve(error === null ? fd : null));
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
