import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { syncFolderNow } from './sync-folder.ts';

/**
 * Writes a file whole or not at all: under a temporary name in the same folder, synced, then renamed. Mode and owner stay; a
 * symbolic link stays one. A file that is new has mode 0600 and is of its folder's owner.
 */
export function replaceFile(path: string, text: string): void {
  const target = realPath(path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  const fd = fs.openSync(temporary, 'wx', 0o600);
  try {
    keepIdentity(fd, target);
    fs.writeFileSync(fd, text);
    fs.fsyncSync(fd);
    fs.renameSync(temporary, target);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  } finally {
    fs.closeSync(fd);
  }
  syncFolderNow(dirname(target));
}

/** Makes an empty file, mode 0600, of its folder's owner. A file that is there stays as it is. */
export function makeFile(path: string): void {
  let fd: number;
  try {
    fd = fs.openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  try {
    keepIdentity(fd, path);
  } finally {
    fs.closeSync(fd);
  }
}

function keepIdentity(fd: number, target: string): void {
  const own = fs.fstatSync(fd);
  const there = fs.statSync(target, { throwIfNoEntry: false });
  const isNew = there === undefined || there.ino === own.ino;
  const { uid, gid } = isNew ? fs.statSync(dirname(target)) : there;
  // What root writes in the daemon's folder, the daemon has to read.
  const mayGive = !isNew || process.geteuid?.() === 0;
  if (mayGive && (own.uid !== uid || own.gid !== gid)) fs.fchownSync(fd, uid, gid);
  // After the owner: giving a file away may take bits of its mode.
  fs.fchmodSync(fd, isNew ? 0o600 : there.mode & 0o7777);
}

/** Where a symbolic link leads, also when there is nothing yet. */
function realPath(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return join(fs.realpathSync(dirname(path)), basename(path));
  }
}
