import fs from 'node:fs';
import { rename } from 'node:fs/promises';

import { hasNoLinks } from '../wire/no-links.ts';
import { treeError } from './fault.ts';

/**
 * Gives a file its name, in one step for all who look. A link fails where there is something, so that of two at the same moment
 * only one finds the place free. Links at the end of either path are not followed.
 */
export async function place(from: string, to: string, replaces: boolean, link = fs.linkSync): Promise<void> {
  // Giving back the room of a large file that is replaced takes its time.
  if (replaces) return rename(from, to);
  try {
    link(from, to);
  } catch (error) {
    if (!hasNoLinks(error)) throw error;
    placeByName(from, to);
    return;
  }
  fs.unlinkSync(from);
}

/** Where there are no hard links: the place is taken by something empty first. */
function placeByName(from: string, to: string): void {
  const isFolder = fs.lstatSync(from).isDirectory();
  if (isFolder) fs.mkdirSync(to);
  else fs.closeSync(fs.openSync(to, 'wx'));
  try {
    fs.renameSync(from, to);
  } catch (error) {
    if (isFolder) fs.rmdirSync(to);
    else fs.unlinkSync(to);
    throw error;
  }
}

/** The file that would be replaced, null where there is none. Throws for what no file may take the place of. */
export function fileToReplace(path: string): fs.Stats | null {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isDirectory()) throw treeError('is-folder');
  // A link would have to be followed, or be lost.
  if (!stats.isFile()) throw treeError('not-file');
  return stats;
}
