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

/** The same; which files are still those of processes that are there. */
export async function heldFiles(folder: string): Promise<ReadonlySet<string>> {
  return (await removeDrafts(folder)).held;
}

async function removeDrafts(folder: string): Promise<{ readonly parts: number; readonly held: ReadonlySet<string> }> {
  const held = new Set<string>();
  let parts = 0;
  for await (const page of pages(draftsFolder(folder))) {
    for (const name of page) {
      const dot = name.indexOf('.');
      const path = join(draftsFolder(folder), name);
      const found = isGone(name.slice(dot + 1)) ? await stat(path).catch(() => null) : null;
      if (found === null || (await removed(path)) === 0) held.add(name.slice(0, dot));
      // What has a name among the whole files as well is no part.
      else if (found.nlink < 2) parts += 1;
    }
  }
  return { parts, held };
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
      const { parts, held } = await removeDrafts(folder);
      count += parts;
      for await (const files of pages(wholeFolder(folder)))
        count += await sweepOrphans(
          folder,
          files.filter((file) => !held.has(file)),
        );
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
