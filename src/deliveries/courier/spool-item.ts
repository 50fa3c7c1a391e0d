import fs, { constants } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import type { Item } from '../../contract/item.ts';
import type { QueuedItem } from '../../contract/queue.ts';
import { ownMark } from '../../system/process-mark.ts';
import { draftsFolder, wholeFolder } from '../spool/spool-folder.ts';

/** The file that an item lies in. */
export function pathOf(spool: string, { folder, file }: Pick<QueuedItem, 'folder' | 'file'>): string {
  return join(wholeFolder(join(spool, folder)), file);
}

/**
 * The item as targets see it; a text where its file is not what it was when it was acknowledged. The folder belongs to a worker,
 * so nothing that stands there is followed.
 */
export async function openItem(spool: string, queued: QueuedItem): Promise<Item | string> {
  const { folder, file, offset, ...facts } = queued;
  const path = pathOf(spool, queued);
  const stat = await lstat(path).catch((error: NodeJS.ErrnoException) => error);
  if (stat instanceof Error) {
    if (stat.code !== 'ENOENT') throw stat;
    return 'its file is no longer in the spool';
  }
  if (!stat.isFile()) return 'what lies in the spool in its place is no file';
  const isAlone = file === queued.id;
  const end = offset + queued.size;
  if (isAlone ? stat.size !== end : stat.size < end)
    return `its file in the spool has ${stat.size} bytes instead of ${end}`;
  return {
    ...facts,
    open: () => readPart(openSafely(path), offset, queued.size),
    openFile: () =>
      isAlone
        ? openSafely(path)
        : copyPart(openSafely(path), queued, join(draftsFolder(join(spool, folder)), queued.id)),
  };
}

const chunkBytes = 256 * 1024;

function openSafely(path: string): number {
  return fs.openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
}

function readPart(fd: number, offset: number, size: number): Readable {
  // An end before the start is not taken for nothing.
  if (size === 0) {
    fs.closeSync(fd);
    return fs.createReadStream('/dev/null');
  }
  return fs.createReadStream('', { fd, start: offset, end: offset + size - 1, highWaterMark: chunkBytes });
}

/** Only what is small shares a file. The copy has no name by the time that it is used. */
function copyPart(fd: number, { offset, size }: QueuedItem, name: string): number {
  try {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size;) {
      const count = fs.readSync(fd, bytes, at, size - at, offset + at);
      if (count === 0) throw new Error('its file in the spool has become shorter');
      at += count;
    }
    const path = `${name}.${ownMark}`;
    fs.writeFileSync(path, bytes, { flag: 'wx', mode: 0o600 });
    try {
      return openSafely(path);
    } finally {
      fs.rmSync(path);
    }
  } finally {
    fs.closeSync(fd);
  }
}
