import { randomBytes } from 'node:crypto';

import { isFault } from './files/fault-reply.ts';
import type { Files } from './files/files.ts';
import { joinPath, splitPath } from './files/resolve-path.ts';

const mostNumbers = 100;

/**
 * A path at which there is nothing, for STOU: the one that is asked for, or that with ".1" to ".100" behind it, or with letters
 * drawn by lot. `shown`: as the peer can use it where it is.
 */
export async function uniqueName(
  files: Pick<Files, 'lstat'>,
  wanted: string | null,
  folder: string,
): Promise<{ readonly path: string; readonly shown: string }> {
  const base = wanted ?? joinPath(folder, `ftp-${lot()}`);
  for (let number = 0; number <= mostNumbers; number += 1) {
    const path = number === 0 ? base : `${base}.${number}`;
    if (await isFree(files, path)) return { path, shown: showFrom(folder, path) };
  }
  const path = `${base}.${lot()}`;
  return { path, shown: showFrom(folder, path) };
}

function lot(): string {
  return randomBytes(6).toString('hex');
}

async function isFree(files: Pick<Files, 'lstat'>, path: string): Promise<boolean> {
  try {
    await files.lstat(path);
    return false;
  } catch (error) {
    if (isFault(error, 'missing')) return true;
    // Who may not look may be able to write all the same; that nothing is replaced is seen to there.
    if (isFault(error, 'denied')) return true;
    throw error;
  }
}

function showFrom(folder: string, path: string): string {
  const place = splitPath(path);
  return place.folder === folder ? place.name : path;
}
