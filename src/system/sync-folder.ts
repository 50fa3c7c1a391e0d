import fs from 'node:fs';
import { promisify } from 'node:util';

const [open, fsync] = [promisify(fs.open), promisify(fs.fsync)];

/** A rename, and a name that is new or gone, is on disk only when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const fd = await open(path, 'r');
  try {
    await fsync(fd);
  } finally {
    // It has nothing to write any more, and waits for nobody.
    fs.closeSync(fd);
  }
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
