import { isFault } from './fault-reply.ts';
import type { Files } from './files.ts';
import { splitPath } from './resolve-path.ts';

/** Makes a folder and those above it that are not there. */
export async function makeFolders(files: Pick<Files, 'makeFolder'>, path: string): Promise<void> {
  if (path === '/') return;
  try {
    await files.makeFolder(path);
  } catch (error) {
    if (isFault(error, 'exists')) return;
    if (!isFault(error, 'missing')) throw error;
    await makeFolders(files, splitPath(path).folder);
    await makeFolders(files, path);
  }
}
