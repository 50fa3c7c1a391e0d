import { join } from 'node:path';

/** In `daemon.state`: what services keep for themselves, a folder for each user that they run as. */
export function serviceFolder(state: string, uid: number): string {
  return join(state, 'services', String(uid));
}
