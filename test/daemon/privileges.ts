import { spawnSync } from 'node:child_process';

import { findUser } from '../../src/system/users.ts';
import { plainly, portico } from '../support/daemon.ts';

/** Options for a test that runs our program as another user: skipped where that cannot be. */
export function canRunAs(name: string): { skip: string | false } {
  if (process.getuid?.() !== 0) return { skip: 'needs root' };
  const user = findUser(name);
  if (user === null) return { skip: `there is no user ${name}` };
  const { uid, gid } = user;
  const [program, ...args] = plainly;
  const { status } = spawnSync(program, [...args, process.execPath, portico, '--version'], { uid, gid });
  return { skip: status === 0 ? false : `${name} may not read the program` };
}
