import fs from 'node:fs';
import { dirname } from 'node:path';

import { serviceFolder } from '../contract/service-folder.ts';
import { makeOpenFolder } from '../system/open-folder.ts';
import { ownFolder } from '../system/own-folder.ts';
import type { Identity } from './identity.ts';

/** Makes the folder in which services of this identity keep what outlives them. What cannot be made is told by who wants it. */
export function prepareServiceFolder(state: string, identity: Identity | null): void {
  const uid = identity?.uid ?? process.getuid?.() ?? 0;
  const gid = identity?.gid ?? process.getgid?.() ?? 0;
  const folder = serviceFolder(state, uid);
  try {
    makeOpenFolder(dirname(folder));
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    ownFolder(folder, { uid, gid, mode: 0o700 });
  } catch {
    // A disk that is full, or mounted read-only, must not keep the services from starting.
  }
}
