import fs, { constants } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

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
export function openItem(spool: string, queued: QueuedItem): Item | string {
  const { folder, file, offset, ...facts } = queued;
  const path = pathOf(spool, queued);
  // Here and now, as the file is opened: it is our own disk, and mostly in memory.
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 'its file is no longer in the spool';
  if (!stat.isFile()) return 'what lies in the spool in its place is no file';
  const isAlone = file === queued.id;
  const end = offset + queued.size;
  if (isAlone ? stat.size !== end : stat.size < end)
    return `its file in the spool has ${stat.size} bytes instead of ${end}`;
  return {
    ...facts,
    open: () => readPart(openSafely(path), queued),
    openFile: () =>
      isAlone
        ? openSafely(path)
        : copyPart(openSafely(path), queued, join(draftsFolder(join(spool, folder)), queued.id)),
  };
}

const chunkBytes = 256 * 1024;
// Read at once: a way to another thread and back costs more.
const smallBytes = 128 * 1024;

function openSafely(path: string): number {
  return fs.openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
}

function readPart(fd: number, part: QueuedItem): Readable {
  const { offset, size } = part;
  if (size > smallBytes)
    return fs.createReadStream('', { fd, start: offset, end: offset + size - 1, highWaterMark: chunkBytes });
  const bytes = readWhole(fd, part);
  return new Readable({
    read() {
      if (size > 0) this.push(bytes);
      this.push(null);
    },
  });
}

/** Closes it, whatever happens. */
function readWhole(fd: number, { offset, size }: QueuedItem): Buffer {
  try {
    const bytes = Buffer.allocUnsafe(size);
    for (let at = 0; at < size;) {
      const count = fs.readSync(fd, bytes, at, size - at, offset + at);
      if (count === 0) throw new Error('its file in the spool has become shorter');
      at += count;
    }
    return bytes;
  } finally {
    fs.closeSync(fd);
  }
}

/** Only what is small shares a file. The copy has no name by the time that it is used. */
function copyPart(fd: number, part: QueuedItem, name: string): number {
  const bytes = readWhole(fd, part);
  const path = `${name}.${ownMark}`;
  fs.writeFileSync(path, bytes, { flag: 'wx', mode: 0o600 });
  try {
    return openSafely(path);
  } finally {
    fs.rmSync(path);
  }
}
