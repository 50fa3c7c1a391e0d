import { constants } from 'node:fs';
import { copyFile, link, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import { syncFolder } from '../mailbox/maildir-files.ts';

/** A message that is to be in a Maildir. */
export interface NewFile {
  /** The file it comes from: renamed, or else it stays and the new one has the same content. */
  readonly from: Buffer;
  readonly isMoved: boolean;
  readonly unique: string;
  readonly letters: string;
}

/** Puts them into `cur`, synced: all of them, or none. */
export async function placeFiles(maildir: string, files: readonly NewFile[]): Promise<void> {
  const done: { readonly file: NewFile; readonly to: Buffer }[] = [];
  try {
    for (const file of files) {
      const to = inside(maildir, 'cur', `${file.unique}:2,${file.letters}`);
      if (file.isMoved) await rename(file.from, to);
      else await copy(file, to, maildir);
      done.push({ file, to });
    }
    await syncFolder(join(maildir, 'cur'));
  } catch (error) {
    for (const { file, to } of done) await (file.isMoved ? rename(to, file.from) : unlink(to)).catch(() => {});
    throw error;
  }
}

/** A message never changes, so one file with two names is as good as two, and keeps its time. */
async function copy({ from, unique }: NewFile, to: Buffer, maildir: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // The system may refuse it: for files of others, for the 65,001st name, or always.
    if (!/^(?:EPERM|EMLINK|EXDEV|ENOTSUP|EOPNOTSUPP)$/.test(String((error as NodeJS.ErrnoException).code))) throw error;
    await copyContent(from, to, inside(maildir, 'tmp', unique));
  }
}

async function copyContent(from: Buffer, to: Buffer, temporary: Buffer): Promise<void> {
  try {
    await copyFile(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await using original = await open(from);
    await using handle = await open(temporary, 'r+');
    const { atime, mtime } = await original.stat();
    await handle.utimes(atime, mtime);
    await handle.sync();
    await rename(temporary, to);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

function inside(maildir: string, part: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${join(maildir, part)}/`), Buffer.from(name, 'latin1')]);
}
