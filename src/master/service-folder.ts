import fs from 'node:fs';
import { dirname } from 'node:path';

import type { ServicePlan } from '../contract/plan.ts';
import { serviceFolder } from '../contract/service-folder.ts';
import { makeOpenFolder } from '../system/open-folder.ts';
import { ownFolder } from '../system/own-folder.ts';
import type { Identity } from './identity.ts';

/** Makes the folders that services write to, where there are none yet, as theirs. What cannot be made is told by who writes there. */
export function prepareWrittenFolders(services: readonly ServicePlan[], identity: Identity | null): void {
  for (const folder of services.flatMap(({ folders = [] }) => folders)) {
    try {
      if (fs.existsSync(folder)) continue;
      makeOpenFolder(dirname(folder));
      fs.mkdirSync(folder, { mode: 0o750 });
      if (identity !== null) ownFolder(folder, identity);
    } catch {
      // As below.
    }
  }
}

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
