import fs from 'node:fs';
import { open } from 'node:fs/promises';

/** A rename, and a name that is new or gone, is on disk only when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}

/** The same, waiting for it. */
export function syncFolderNow(path: string): void {
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
