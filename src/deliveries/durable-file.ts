import { constants } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { reasonOf, TemporaryError } from '../contract/errors.ts';

export interface DurableFile {
  /** Where it is written; there must be nothing of that name. */
  readonly path: string;
  /** Permissions, from which the process's mask is taken. */
  readonly mode: number;
  readonly signal: AbortSignal;
  /** Time of the last change that it is given, milliseconds since 1970. */
  readonly changed?: number;
  /** Sees all that is written. */
  readonly look?: (chunk: Buffer) => void;
}

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** Writes all that comes into a new file and syncs it. If anything goes wrong, there is no file. Returns its size. */
export async function writeDurably(from: Readable, file: DurableFile): Promise<number> {
  const { path, mode, signal, changed } = file;
  // It may fail before anybody reads from it; who then does is told.
  from.on('error', () => {});
  const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode).catch((error: unknown) => {
    from.destroy();
    throw error;
  });
  try {
    const size = await copy(from, handle, file);
    if (changed !== undefined) await handle.utimes(changed / 1000, changed / 1000);
    await handle.sync();
    signal.throwIfAborted();
    await handle.close();
    return size;
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
}

async function copy(from: Readable, handle: FileHandle, { look, signal }: DurableFile): Promise<number> {
  let size = 0;
  await pipeline(
    from,
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        look?.(chunk);
        for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
        size += chunk.length;
      }
    },
    { signal },
  );
  return size;
}

/** What the system refuses today, an operator can mend; but not that a name is too long for it. */
export function asTemporary(error: unknown): unknown {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === undefined || code === 'ENAMETOOLONG') return error;
  return new TemporaryError(reasonOf(error), null, { cause: error });
}
