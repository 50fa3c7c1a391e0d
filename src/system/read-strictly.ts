import fs from 'node:fs';

export interface StrictReading {
  readonly maxBytes: number;
  /** Whether a symbolic link may lead to it. Not where others than we can write: it would show them what only we may read. */
  readonly followsLinks: boolean;
}

/**
 * The text of a plain file; null where there is none. A pipe does not hold us up, a device gives nothing, a file with a second
 * name (where links are not followed) may be somebody else's: each is an error.
 */
export function readStrictly(path: string, { maxBytes, followsLinks }: StrictReading): string | null {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(path, O_RDONLY | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') throw new Error(`${path} is a symbolic link`, { cause: error });
    throw error;
  }
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) throw new Error(`${path} is not a plain file`);
    if (!followsLinks && stat.nlink !== 1) throw new Error(`${path} has another name as well`);
    return readAll(fd, path, maxBytes);
  } finally {
    fs.closeSync(fd);
  }
}

function readAll(fd: number, path: string, maxBytes: number): string {
  // One more than there may be; the file may also grow while it is read.
  const bytes = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (;;) {
    const got = fs.readSync(fd, bytes, length, bytes.length - length, null);
    length += got;
    if (length > maxBytes) throw new Error(`${path} is larger than ${maxBytes} bytes`);
    if (got === 0) return bytes.toString('utf8', 0, length);
  }
}
