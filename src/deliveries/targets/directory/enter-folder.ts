import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { syncFolder } from '../../../system/sync-folder.ts';

/** Makes the folders that are missing, and syncs those they are in. Throws where a symbolic link leads out of `root`. */
export async function enterFolder(root: string, parts: readonly string[]): Promise<string> {
  let folder = root;
  for (const part of parts) {
    const parent = folder;
    folder = join(parent, part);
    const isNew = await mkdir(folder).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    if (isNew) await syncFolder(parent);
    // Before anything is made in it: others may write here, too.
    else await checkPlace(root, folder);
  }
  return folder;
}

async function checkPlace(root: string, folder: string): Promise<void> {
  const [start, place] = await Promise.all([realpath(root), realpath(folder)]);
  if (place !== start && !place.startsWith(start.endsWith('/') ? start : `${start}/`))
    throw new Error(`${folder} leads out of ${root} by a symbolic link`);
}
