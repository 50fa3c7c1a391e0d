import { opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { isGone } from '../../system/process-mark.ts';
import { draftsFolder, folderNames, wholeFolder } from './spool-folder.ts';

// A worker may have renamed a file, and the registry not have answered yet.
const orphanMs = 3_600_000;
const pageSize = 500;

/** Removes the drafts of processes that are gone; how many were in part. */
export async function sweepDrafts(folder: string): Promise<number> {
  return (await removeDrafts(folder)).parts;
}

/** The same, for whole files that such a process might have added to; whether there were any. */
export async function releaseWhole(folder: string): Promise<boolean> {
  return (await removeDrafts(folder)).names > 0;
}

async function removeDrafts(folder: string): Promise<{ readonly parts: number; readonly names: number }> {
  let [parts, names] = [0, 0];
  for await (const page of pages(draftsFolder(folder))) {
    for (const name of page.filter((each) => isGone(each.slice(each.indexOf('.') + 1)))) {
      const path = join(draftsFolder(folder), name);
      const found = await stat(path).catch(() => null);
      const count = await removed(path);
      // What has a name among the whole files as well is no part.
      if (found !== null && found.nlink > 1) names += count;
      else parts += count;
    }
  }
  return { parts, names };
}

export interface SweepOptions {
  readonly spool: string;
  /** In which of these files there is something that the queue knows. */
  known(files: readonly string[]): Promise<ReadonlySet<string>>;
  readonly now?: number;
}

/** The same in all folders of the spool, and whole files that never came into the queue: nobody was told that they are safe. */
export async function sweepSpool({ spool, known, now = Date.now() }: SweepOptions): Promise<number> {
  let count = 0;
  for await (const folders of pages(spool)) {
    for (const folder of folders.filter((name) => folderNames.test(name)).map((name) => join(spool, name))) {
      count += await sweepDrafts(folder);
      for await (const files of pages(wholeFolder(folder))) count += await sweepOrphans(folder, files);
    }
  }
  return count;

  async function sweepOrphans(folder: string, files: readonly string[]): Promise<number> {
    const inQueue = await known(files);
    let orphans = 0;
    for (const file of files.filter((each) => !inQueue.has(each))) {
      const path = join(wholeFolder(folder), file);
      const found = await stat(path).catch(() => null);
      // Its last byte may be old when it comes here; that it got its name is the change of the file's own entry.
      if (found !== null && now - Math.max(found.mtimeMs, found.ctimeMs) >= orphanMs) orphans += await removed(path);
    }
    return orphans;
  }
}

/** Names in a folder, some at a time: there may be very many. None where there is no folder. */
async function* pages(folder: string): AsyncGenerator<string[]> {
  const entries = await opendir(folder, { bufferSize: pageSize }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (entries === null) return;
  let names: string[] = [];
  for await (const { name } of entries) {
    names.push(name);
    if (names.length < pageSize) continue;
    yield names;
    names = [];
  }
  if (names.length > 0) yield names;
}

async function removed(path: string): Promise<number> {
  return rm(path).then(
    () => 1,
    () => 0,
  );
}
