import fs from 'node:fs';
import { resolve } from 'node:path';

import { makeFoldersNow } from './make-folders.ts';

/**
 * Makes a folder and those above it, where there are none. Those that root makes can be gone through by everybody, whatever the
 * umask is: workers of other users have to reach what is theirs below it.
 */
export function makeOpenFolder(path: string): void {
  const isRoot = process.getuid?.() === 0;
  makeFoldersNow(resolve(path), 0o755, (made) => {
    if (isRoot) fs.chmodSync(made, 0o755);
  });
}
