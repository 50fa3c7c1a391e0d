import fs from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, where there are none. Node's own way (`recursive`) never returns where a parent is there and
 * takes no folder, as in /proc: it goes round until the process ends, and whoever else wants the disk waits for it.
 */
export async function makeFolders(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const above = dirname(path);
    if (code === 'EEXIST' && (await isFolder(path))) return;
    if (code !== 'ENOENT' || above === path || (await isFolder(above))) throw error;
    await makeFolders(above, mode);
    await makeFolders(path, mode);
  }
}

/** The same at once. `made` is called for each that was made, those above first. */
export function makeFoldersNow(path: string, mode: number, made: (path: string) => void = () => {}): void {
  try {
    fs.mkdirSync(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const above = dirname(path);
    if (code === 'EEXIST' && isFolderNow(path)) return;
    if (code !== 'ENOENT' || above === path || isFolderNow(above)) throw error;
    makeFoldersNow(above, mode, made);
    makeFoldersNow(path, mode, made);
    return;
  }
  made(path);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function isFolderNow(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
