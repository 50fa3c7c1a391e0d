import { join } from 'node:path';

/** Where things lie in `daemon.state`: one folder for each user that workers run as, with what is being written and what is whole. */
export function spoolFolder(state: string): string {
  return join(state, 'spool');
}

/** The folder of a user, by number, in the spool. */
export function folderName(uid: number): string {
  return String(uid);
}

export const folderNames = /^[0-9]{1,10}$/;

export function draftsFolder(folder: string): string {
  return join(folder, 'tmp');
}

export function wholeFolder(folder: string): string {
  return join(folder, 'new');
}
