import { createHash } from 'node:crypto';
import { mkdir, realpath, rm, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';

import type { Draft, Receipt } from '../../../contract/delivery.ts';
import type { Disk } from '../../../contract/disk.ts';
import type { KeptSpace } from './kept-space.ts';
import { placeFile } from './place-file.ts';

export interface DirectoryDraftOptions {
  readonly directory: string;
  readonly id: string;
  /** Folders below the directory, and the file's name. */
  readonly parts: readonly string[];
  /** The temporary file, and where it is. */
  readonly file: FileHandle;
  readonly temporary: string;
  readonly replaces: boolean;
  /** Its own. */
  readonly kept: KeptSpace;
  readonly disk: Pick<Disk, 'syncFolder'>;
}

/** A file that is being written, out of sight. */
export function createDirectoryDraft(options: DirectoryDraftOptions): Draft {
  const { directory, id, parts, file, temporary, replaces, kept, disk } = options;
  const hash = createHash('sha256');
  let size = 0;
  let isSealed = false;
  let isCommitted = false;
  let writing: Promise<void> = Promise.resolve();

  const seal = async (): Promise<void> => {
    if (isSealed) return;
    isSealed = true;
    await file.sync().finally(() => file.close());
  };
  return {
    write(chunk) {
      hash.update(chunk);
      size += chunk.length;
      writing = put(chunk);
      return writing;
    },
    seal,
    async commit(): Promise<Receipt> {
      await seal();
      const folder = await enterFolders(directory, parts.slice(0, -1), disk);
      const isReplacement = await placeFile({ temporary, path: join(folder, parts.at(-1) as string), replaces });
      isCommitted = true;
      kept.giveBack();
      await disk.syncFolder(folder);
      return { id, name: parts.join('/'), size, sha256: hash.digest('hex'), isReplacement };
    },
    async [Symbol.asyncDispose]() {
      if (isCommitted) return;
      // A write that is under way comes to its end first.
      await writing.catch(() => {});
      if (!isSealed) await file.close();
      await rm(temporary, { force: true });
      kept.giveBack();
    },
  };

  async function put(chunk: Uint8Array): Promise<void> {
    await kept.need(chunk.length);
    for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
    kept.wrote(chunk.length);
  }
}

/** Makes the folders that are missing, durably; returns the path of the last. A link that leads out of the directory is refused. */
async function enterFolders(
  directory: string,
  folders: readonly string[],
  disk: Pick<Disk, 'syncFolder'>,
): Promise<string> {
  let path = directory;
  for (const folder of folders) {
    const parent = path;
    path = join(parent, folder);
    const isNew = await mkdir(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        return false;
      },
    );
    if (isNew) await disk.syncFolder(parent);
  }
  const [root, real] = await Promise.all([realpath(directory), realpath(path)]);
  if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep))
    throw new Error(`${path} leads out of ${directory}`);
  return path;
}
