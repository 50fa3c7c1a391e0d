import { read } from 'node:fs';

import type { Entry, OpenFile, Tree } from '../../contract/tree.ts';
import type { FileHandle } from './file-handle.ts';
import { statusCodes } from './packets/constants.ts';
import { modeBits, refuseOwner, setOnPath } from './set-attributes.ts';
import { Refusal } from './status.ts';

/** A file that is only read. */
export function createReading(path: string, file: OpenFile): FileHandle {
  return {
    path,
    stat: async () => file.stat(),
    // Its path may lead to another file by now.
    async set({ size, owner, mode, times }) {
      const current = file.stat();
      if (owner !== null) refuseOwner(owner, current);
      if (size !== null && size !== current.size)
        throw new Refusal(statusCodes.permissionDenied, 'The handle is none that can be written');
      if (mode !== null) file.setMode(mode & modeBits);
      if (times !== null) file.setTimes(times.accessed, times.modified);
    },
    read: (buffer, offset) => readAt(file.fd, buffer, offset),
    async close() {
      file[Symbol.dispose]();
    },
    async abandon() {
      file[Symbol.dispose]();
      return false;
    },
  };
}

function readAt(fd: number, buffer: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // Without FileHandle's promise around each: this is the path of every byte that is fetched.
    read(fd, buffer, 0, buffer.length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

// A batch fits into a packet that every peer takes (34,000 bytes), with names of the usual length.
const maxEntries = 100;
const maxNameBytes = 24_000;

/** A folder that is listed. Its first batch is there already, so that one that cannot be listed is refused at once. */
export async function openListing(tree: Tree, path: string): Promise<FileHandle> {
  const entries = tree.list(path)[Symbol.asyncIterator]();
  let next: readonly Entry[] | null = await batch();
  return {
    path,
    stat: () => tree.stat(path),
    set: (attributes) => setOnPath(tree, path, attributes),
    async list() {
      const given = next;
      if (given !== null) next = null;
      return given ?? batch();
    },
    async close() {
      await entries.return?.();
    },
    async abandon() {
      await entries.return?.();
      return false;
    },
  };

  async function batch(): Promise<readonly Entry[] | null> {
    const found: Entry[] = [];
    let bytes = 0;
    while (found.length < maxEntries && bytes < maxNameBytes) {
      const { value, done } = await entries.next();
      if (done === true) break;
      found.push(value);
      bytes += 160 + 2 * Buffer.byteLength(value.name);
    }
    return found.length === 0 ? null : found;
  }
}
