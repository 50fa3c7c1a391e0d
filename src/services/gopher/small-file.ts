import fs from 'node:fs';
import { promisify } from 'node:util';

import { TreeError, type Tree } from '../../contract/tree.ts';

const read = promisify(fs.read);

/** The text of a file, or as much of it as there may be; null when there is none. */
export async function readSmallFile(tree: Tree, path: string, maxBytes: number): Promise<string | null> {
  try {
    using file = await tree.open(path);
    const buffer = Buffer.allocUnsafe(Math.min(file.entry.size, maxBytes));
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await read(file.fd, buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.toString('utf8', 0, length);
  } catch (error) {
    if (error instanceof TreeError && error.fault !== 'failed') return null;
    throw error;
  }
}
