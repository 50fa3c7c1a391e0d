import fs from 'node:fs';
import { dirname, join } from 'node:path';

import type { Plan } from '../contract/plan.ts';
import { makeOpenFolder } from '../system/open-folder.ts';
import { ownFolder } from '../system/own-folder.ts';
import type { Identity } from './identity.ts';

/**
 * Makes the folder in which workers make the homes of accounts that name no other, as theirs: it may be gone through by the users
 * of other services, but not listed. One that is there stays as it is. What cannot be made is told by who wants to write there.
 */
export function prepareHomes({ daemon, accounts }: Plan, owner: Identity | null): void {
  if (accounts.length === 0) return;
  const folder = join(daemon.state, 'home');
  try {
    if (fs.existsSync(folder)) return;
    makeOpenFolder(dirname(folder));
    fs.mkdirSync(folder, { mode: 0o700 });
    ownFolder(folder, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, ...owner, mode: 0o711 });
  } catch {
    // A disk that is full, or mounted read-only, must not keep the services from starting.
  }
}
