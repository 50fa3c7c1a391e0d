import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { files, renderAccounts } from './configuration.ts';
import { page } from './traffic/web.ts';

/** A folder with all that the daemon needs, which workers of any identity can enter. */
export interface Stage {
  readonly folder: string;
  readonly hasSmallDisk: boolean;
  remove(): void;
}

const diskSize = '256m';

export function createStage(isRoot: boolean): Stage {
  const folder = fs.mkdtempSync(join(tmpdir(), 'portico-chaos-'));
  fs.chmodSync(folder, 0o755);
  for (const name of ['var', 'log', 'archive', 'boot', 'public']) fs.mkdirSync(join(folder, name));
  const disk = join(folder, 'var');
  const hasSmallDisk = isRoot && mount(disk);
  for (const name of ['archive', 'boot']) fs.chmodSync(join(folder, name), 0o777);
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(join(folder, name), text);
  fs.writeFileSync(join(folder, 'accounts.yaml'), renderAccounts());
  fs.writeFileSync(join(folder, 'public/page.txt'), page);
  return {
    folder,
    hasSmallDisk,
    remove() {
      if (!fs.existsSync(folder)) return;
      if (hasSmallDisk) execFileSync('umount', ['-l', disk]);
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The daemon's state on a disk that is quickly full. */
function mount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskSize},mode=0755`, 'tmpfs', folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
