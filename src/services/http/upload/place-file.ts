import { link, lstat, open, rename, rm } from 'node:fs/promises';

import { TakenError } from '../../../contract/delivery.ts';
import { hasNoLinks } from '../../../wire/no-links.ts';

export interface Placing {
  readonly temporary: string;
  /** Where the file shall stand, on the same file system. */
  readonly path: string;
  readonly replaces: boolean;
  /** Makes the hard link; for tests of file systems that have none. */
  readonly makeLink?: typeof link;
}

/**
 * Puts a file that is whole into its place, in one step for all who look. Returns whether there was another; throws a TakenError
 * if that one is to stay, or is a folder. A link fails where there is something, so that of two files at the same moment only
 * one finds the place free.
 */
export async function placeFile(placing: Placing): Promise<boolean> {
  const { temporary, path, replaces, makeLink = link } = placing;
  try {
    await makeLink(temporary, path);
  } catch (error) {
    if (hasNoLinks(error)) return placeByName(placing);
    if (codeOf(error) !== 'EEXIST') throw error;
    if (!replaces) throw new TakenError(path);
    await renameTo(temporary, path);
    return true;
  }
  await rm(temporary, { force: true });
  return false;
}

/** Where there are no hard links: the place is taken by an empty file first, unless whatever stands there may be replaced. */
async function placeByName({ temporary, path, replaces }: Placing): Promise<boolean> {
  const isTaken = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!replaces) {
    const file = await open(path, 'wx').catch((error: unknown) => {
      throw codeOf(error) === 'EEXIST' ? new TakenError(path) : error;
    });
    await file.close();
  }
  await renameTo(temporary, path);
  return isTaken;
}

async function renameTo(temporary: string, path: string): Promise<void> {
  await rename(temporary, path).catch((error: unknown) => {
    throw codeOf(error) === 'EISDIR' ? new TakenError(path) : error;
  });
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
