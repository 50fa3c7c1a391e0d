import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

import { isRoot } from '../machine.ts';
import type { Bench } from '../part.ts';

/** Where the files are that FTP and SFTP transfer. Everybody may read the large one, and write beside it. */
export interface Tree {
  readonly root: string;
  /** Removes what was sent. */
  clean(): void;
}

export function makeTree(root: string, { settings }: Bench): Tree {
  const folder = join(root, 'pub');
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(root, 0o755);
  // Portico's workers keep uploads in the root until they are whole; vsftpd shows anonymous peers no root that they could write to.
  if (isRoot) spawnSync('chown', ['nobody', root]);
  fs.chmodSync(folder, 0o777);
  const block = Buffer.alloc(1 << 20, 'x');
  const file = fs.openSync(join(folder, 'large'), 'w');
  for (let i = 0; i < settings.mebibytes; i += 1) fs.writeSync(file, block);
  fs.closeSync(file);
  return {
    root,
    clean() {
      for (const name of fs.readdirSync(folder))
        if (name !== 'large') fs.rmSync(join(folder, name), { recursive: true, force: true });
    },
  };
}
