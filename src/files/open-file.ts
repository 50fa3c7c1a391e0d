import fs from 'node:fs';

import type { OpenFile } from '../contract/tree.ts';
import { entryOf } from './entry.ts';
import { toTreeError, treeError } from './fault.ts';
import { fileTime } from './file-time.ts';
import type { Held } from './jail.ts';
import type { Root } from './roots.ts';

export interface OpenFileOptions {
  readonly held: Held;
  readonly name: string;
  /** Throws where the file may only be read. */
  readonly demandWrite: () => void;
}

/** Opens a file that is held, to be read. */
export function openFile({ jail, openLimit }: Root, { held, name, demandWrite }: OpenFileOptions): OpenFile {
  checkFile(held);
  using opening = new DisposableStack();
  opening.use(openLimit.take(1));
  const fd = jail.openHeld(held);
  opening.defer(() => fs.closeSync(fd));
  const open = opening.move();
  return {
    fd,
    entry: entryOf(name, held.stats),
    stat: () => entryOf(name, fs.fstatSync(fd)),
    setTimes(accessed, modified) {
      change(() => {
        const { atimeMs, mtimeMs } = fs.fstatSync(fd);
        fs.futimesSync(fd, fileTime(accessed ?? atimeMs), fileTime(modified ?? mtimeMs));
      });
    },
    setMode: (mode) => change(() => fs.fchmodSync(fd, mode & 0o777)),
    [Symbol.dispose]: () => open.dispose(),
  };

  function change(task: () => void): void {
    demandWrite();
    try {
      task();
    } catch (error) {
      throw toTreeError(error);
    }
  }
}

function checkFile({ stats }: Held): void {
  if (stats.isDirectory()) throw treeError('is-folder');
  if (!stats.isFile()) throw treeError('not-file');
}
