import fs from 'node:fs';

import { linux } from './constants.ts';

/**
 * chmod(2) for a socket file and nothing else. Whoever can write to its folder may have put a link in its place, and root
 * would open the file that it leads to. Throws when there is no socket, or its mode is not ours to change.
 */
export function setSocketMode(path: string, mode: number): void {
  if (process.platform !== 'linux') {
    expectSocket(path, fs.lstatSync(path));
    return fs.chmodSync(path, mode);
  }
  // A descriptor of the file itself, for a path can mean another one a moment later.
  const fd = fs.openSync(path, linux.O_PATH | fs.constants.O_NOFOLLOW);
  try {
    expectSocket(path, fs.fstatSync(fd));
    fs.chmodSync(`/proc/self/fd/${fd}`, mode);
  } finally {
    fs.closeSync(fd);
  }
}

function expectSocket(path: string, stat: fs.Stats): void {
  if (!stat.isSocket()) throw new Error(`${path} is no socket`);
}
