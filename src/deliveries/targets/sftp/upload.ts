import { addAbortSignal, type Readable } from 'node:stream';

import type { RawSftp } from 'ssh2-sftp-client';

export interface Upload {
  readonly raw: RawSftp;
  /** There must be nothing of that name. */
  readonly path: string;
  /** Time of the last change that it is given, milliseconds since 1970. */
  readonly changed: number;
  readonly signal: AbortSignal;
}

// Every server takes packets of this size (draft-ietf-secsh-filexfer-02 3), and as many of them on the way as keep the line busy.
const packetBytes = 32_768;
const packetsAhead = 64;

/** Writes a new file, and has it synced where the server can do that (fsync@openssh.com). Returns its size. */
export async function upload(from: Readable, { raw, path, changed, signal }: Upload): Promise<number> {
  // It may fail before anybody reads from it; who then does is told.
  from.on('error', () => {});
  const handle = await promised<Buffer>((done) => raw.open(path, 'wx', done)).catch((error: unknown) => {
    from.destroy();
    throw error;
  });
  const size = await writeAll(raw, handle, from, signal);
  const seconds = Math.floor(changed / 1000);
  await promised<void>((done) => raw.fsetstat(handle, { atime: seconds, mtime: seconds }, done)).catch(() => {
    // Some servers keep times of their own.
  });
  await sync(raw, handle);
  await promised<void>((done) => raw.close(handle, done));
  return size;
}

async function writeAll(raw: RawSftp, handle: Buffer, from: Readable, signal: AbortSignal): Promise<number> {
  const ahead = new Set<Promise<void>>();
  let position = 0;
  for await (const chunk of addAbortSignal(signal, from) as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += packetBytes) {
      signal.throwIfAborted();
      const data = chunk.subarray(at, at + packetBytes);
      const start = position;
      const writing = promised<void>((done) => raw.write(handle, data, 0, data.length, start, done)).then(
        () => void ahead.delete(writing),
      );
      writing.catch(() => {});
      ahead.add(writing);
      position += data.length;
      if (ahead.size >= packetsAhead) await Promise.race(ahead);
    }
  }
  await Promise.all(ahead);
  return position;
}

async function sync(raw: RawSftp, handle: Buffer): Promise<void> {
  try {
    await promised<void>((done) => raw.ext_openssh_fsync(handle, done));
  } catch (error) {
    if (!/does not support/.test((error as Error).message)) throw error;
  }
}

function promised<T>(call: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}
