import fs from 'node:fs';
import { dirname } from 'node:path';

import { reasonOf } from '../contract/errors.ts';

/** Files of an administrator's that may change at any time, by any means. */
export interface FileWatch {
  close(): void;
}

export interface FileNews {
  /** Some of the files are others than before, and nobody is writing them any more. */
  changed(): void;
  failed(reason: string): void;
}

// Editors write in several steps, and a certificate and its key one after the other.
const settleMs = 200;
// What no event tells: a network's disk, the far end of a link, a folder that was not there yet.
const lookEveryMs = 60_000;

export function createFileWatch(files: readonly string[], { changed, failed }: FileNews): FileWatch {
  let told = stateOf(files);
  let last = told;
  let settling: NodeJS.Timeout | undefined;

  /** A log file in the same folder may be written all the time: what others do there must cost little, and put nothing off. */
  const look = (): void => {
    if (settling !== undefined) return;
    last = stateOf(files);
    if (last !== told) settling = setTimeout(settle, settleMs);
  };
  const settle = (): void => {
    settling = undefined;
    const now = stateOf(files);
    if (now !== last) return look();
    told = now;
    changed();
  };
  const looking = setInterval(look, lookEveryMs);
  looking.unref();
  const watchers = foldersOf(files).flatMap((folder) => {
    const fail = (error: unknown): void => failed(`cannot watch ${folder}: ${reasonOf(error)}`);
    try {
      // The folder, because a file that is replaced by renaming takes its watcher along.
      const watcher = fs.watch(folder, { persistent: false }, look);
      watcher.on('error', fail);
      return [watcher];
    } catch (error) {
      // The system gives out only so many watches; what is left is to look now and then.
      fail(error);
      return [];
    }
  });
  return {
    close() {
      clearTimeout(settling);
      clearInterval(looking);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function foldersOf(files: readonly string[]): readonly string[] {
  return [...new Set(files.map((file) => dirname(file)))].filter((folder) => fs.existsSync(folder));
}

/** Another text whenever one of them is written, replaced, or may be read by others. */
function stateOf(files: readonly string[]): string {
  return files.map(stateOfOne).join(' ');
}

function stateOfOne(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = fs.statSync(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}
