import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';

// Files of a Maildir, whoever else may write there. Names are bytes (latin1).

/** Plain files only. A folder that is not there has nothing in it. */
export async function namesIn(folder: string): Promise<string[]> {
  const listed = await orAbsent(readdir(folder, { encoding: 'latin1', withFileTypes: true }));
  if (listed === absent) return [];
  return listed.filter((entry) => entry.isFile() && !/^[.:]/.test(entry.name)).map(({ name }) => name);
}

export async function openPlain(path: Buffer): Promise<FileHandle | null> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return null;
}

export const absent = Symbol('absent');

export async function orAbsent<T>(task: Promise<T>): Promise<T | typeof absent> {
  try {
    return await task;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return absent;
    throw error;
  }
}

/** A name that is new, or gone, stays so whatever happens to the machine. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  await handle.sync().finally(() => handle.close());
}
