import fs, { constants } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Item } from '../../contract/item.ts';
import type { QueuedItem } from '../../contract/queue.ts';
import { wholeFolder } from '../spool/spool-folder.ts';

/** Where an item lies. */
export function pathOf(spool: string, { folder, id }: Pick<QueuedItem, 'folder' | 'id'>): string {
  return join(wholeFolder(join(spool, folder)), id);
}

/**
 * The item as targets see it; a text where its file is not what it was when it was acknowledged. The folder belongs to a worker,
 * so nothing that stands there is followed.
 */
export async function openItem(spool: string, queued: QueuedItem): Promise<Item | string> {
  const path = pathOf(spool, queued);
  const stat = await lstat(path).catch((error: NodeJS.ErrnoException) => error);
  if (stat instanceof Error) {
    if (stat.code !== 'ENOENT') throw stat;
    return 'its file is no longer in the spool';
  }
  if (!stat.isFile()) return 'what lies in the spool in its place is no file';
  if (stat.size !== queued.size) return `its file in the spool has ${stat.size} bytes instead of ${queued.size}`;
  const { folder: _, ...facts } = queued;
  return {
    ...facts,
    path,
    open: () => {
      const fd = fs.openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      return fs.createReadStream(path, { fd, highWaterMark: 256 * 1024 });
    },
  };
}
