import fs from 'node:fs';
import { dirname } from 'node:path';

import { syncFolderNow } from '../system/sync-folder.ts';
import { maxPemLength } from './pem-contents.ts';

// Our own PEM files, which are whole or not there after a crash at any moment.

/** null where there is none; throws what the system says, or that it is too large. */
export function readPemFile(path: string): string | null {
  try {
    if (fs.statSync(path).size > maxPemLength) throw new Error(`${path} is larger than 1MB`);
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Through a temporary name in the same folder, synced before it gets its own. `mode` is 0o600 for keys. */
export function writePemFile(path: string, text: string, mode: number): void {
  const temporary = `${path}.new`;
  // One that a crash left, or that somebody else made with other permissions.
  fs.rmSync(temporary, { force: true });
  const fd = fs.openSync(temporary, 'wx', mode);
  try {
    fs.writeFileSync(fd, text);
    // Whatever the umask is.
    fs.fchmodSync(fd, mode);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, path);
  syncFolderNow(dirname(path));
}
