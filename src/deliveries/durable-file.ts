import fs, { constants } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

import { reasonOf, TemporaryError } from '../contract/errors.ts';
import { syncedWrites } from '../system/synced-writes.ts';

export interface DurableFile {
  /** Where it is written; there must be nothing of that name. */
  readonly path: string;
  /** Permissions, from which the process's mask is taken. */
  readonly mode: number;
  readonly signal: AbortSignal;
  /** Time of the last change that it is given, milliseconds since 1970. */
  readonly changed?: number;
  /** How much will come, where that is known. */
  readonly size?: number;
  /** Sees all that is written. */
  readonly look?: (chunk: Buffer) => void;
}

// Each of these is a way to another thread and back, because the disk may be somebody else's and hang. Closing what is synced is not.
const [open, write, futimes, fsync] = [
  promisify(fs.open),
  promisify(fs.write),
  promisify(fs.futimes),
  promisify(fs.fsync),
];
const smallBytes = 128 * 1024;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** Writes all that comes into a new file and syncs it. If anything goes wrong, there is no file. Returns its size. */
export async function writeDurably(from: Readable, file: DurableFile): Promise<number> {
  const { path, mode, signal, changed } = file;
  // It may fail before anybody reads from it; who then does is told.
  from.on('error', () => {});
  // What is written at once, and needs nothing else, is synced with it.
  const flag = (file.size ?? Infinity) <= smallBytes && changed === undefined ? syncedWrites : 0;
  const fd = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | flag, mode).catch((error: unknown) => {
    from.destroy();
    throw error;
  });
  let isWhole = false;
  try {
    const size = await copy(from, fd, file);
    if (changed !== undefined) await futimes(fd, changed / 1000, changed / 1000);
    if (flag === 0 || size === 0) await fsync(fd);
    signal.throwIfAborted();
    isWhole = true;
    return size;
  } finally {
    fs.closeSync(fd);
    if (!isWhole) await rm(path, { force: true });
  }
}

async function copy(from: Readable, fd: number, { look, signal }: DurableFile): Promise<number> {
  const cut = (): void => void from.destroy(signal.reason as Error);
  signal.addEventListener('abort', cut, { once: true });
  if (signal.aborted) cut();
  let size = 0;
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      look?.(chunk);
      for (let at = 0; at < chunk.length;) at += (await write(fd, chunk, at)).bytesWritten;
      size += chunk.length;
    }
    return size;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

/** What the system refuses today, an operator can mend; but not that a name is too long for it. */
export function asTemporary(error: unknown): unknown {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === undefined || code === 'ENAMETOOLONG') return error;
  return new TemporaryError(reasonOf(error), null, { cause: error });
}
