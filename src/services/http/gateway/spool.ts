import { randomBytes } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { tooLarge } from '../body.ts';

/** A body in a file without a name, to be read from its beginning. The descriptor is the holder's to close. */
export interface Spooled {
  readonly file: FileHandle;
  readonly length: number;
}

/** Takes in a body whose length is not known before its end. Throws an HttpError past `maxBytes`: 413. */
export async function spool(body: Readable, maxBytes: number): Promise<Spooled> {
  const file = await openNameless();
  let length = 0;
  try {
    // The request is left as it is: the connection is needed for the answer.
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (length + chunk.length > maxBytes) throw tooLarge(maxBytes);
      // At places, not in turn: the program that gets the descriptor begins at 0.
      await writeAll(file, chunk, length);
      length += chunk.length;
    }
    return { file, length };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `portico-body-${randomBytes(12).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

async function writeAll(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}
