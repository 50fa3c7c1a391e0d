import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { absent, orAbsent } from '../mailbox/maildir-files.ts';
import { isOurUnique } from './message-name.ts';

// As the inventor of the Maildir says.
const abandonedMs = 36 * 3_600_000;

/** Removes what a session has begun in `tmp` and never came to end, because its process was killed. */
export async function sweepDrafts(maildir: string, now = Date.now()): Promise<void> {
  const folder = join(maildir, 'tmp');
  const names = await orAbsent(readdir(folder));
  for (const name of names === absent ? [] : names.filter(isOurUnique)) {
    const path = join(folder, name);
    const found = await orAbsent(lstat(path));
    // Not its mtime, which a message may bring with it.
    if (found === absent || now - found.ctimeMs < abandonedMs) continue;
    await rm(path, { recursive: true, force: true });
  }
}
