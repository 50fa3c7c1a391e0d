import fs from 'node:fs';
import { copyFile, readdir, rm } from 'node:fs/promises';

import { isGone, ownMark } from '../system/process-mark.ts';
import { randomName } from '../system/random-name.ts';
import { codeOf } from './fault.ts';
import type { Held, Jail } from './jail.ts';
import { hiddenName } from './tree-path.ts';

// Drafts tell by their names whose they are: a worker that was killed cannot clean up, and others, of an older generation
// perhaps, may be writing theirs at this moment.

const draftName = /^(\d{1,10}-\d{0,20})\.[0-9a-f]{16}$/;

/** A draft on disk. */
export interface Staged {
  readonly fd: number;
  /** By the folder it is in, which is held: whatever becomes of the names above it. */
  readonly path: string;
  readonly area: Disposable;
}

/** An empty draft in the hidden folder of that one, which is made when there is none. */
export function stageEmpty(jail: Jail, folder: Held): Staged {
  using holding = new DisposableStack();
  const area = holding.use(holdArea(jail, folder));
  const path = `${area.via}/${newName()}`;
  const fd = fs.openSync(path, createFlags, 0o666);
  holding.move();
  return { fd, path, area };
}

/** The same, with the bytes of a file: shared with it where the file system can, and else copied by the system. */
export async function stageCopy(jail: Jail, folder: Held, source: string): Promise<Staged> {
  using holding = new DisposableStack();
  const area = holding.use(holdArea(jail, folder));
  const path = `${area.via}/${newName()}`;
  const { COPYFILE_EXCL, COPYFILE_FICLONE } = fs.constants;
  try {
    await copyFile(source, path, COPYFILE_EXCL | COPYFILE_FICLONE);
    // It has got the mode of the other.
    fs.chmodSync(path, 0o600);
    const fd = fs.openSync(path, O_RDWR | O_NOFOLLOW);
    holding.move();
    return { fd, path, area };
  } catch (error) {
    fs.rmSync(path, { force: true });
    throw error;
  }
}

/** Gives up a draft. */
export async function unstage(staged: Staged): Promise<void> {
  fs.closeSync(staged.fd);
  using _area = staged.area;
  // Giving back its room may take a while.
  await rm(staged.path, { force: true });
}

/** Lets go of one that has got its place. */
export function closeStaged({ fd, area }: Staged): void {
  fs.closeSync(fd);
  area[Symbol.dispose]();
}

/** Removes what processes that are gone have left in the hidden folder of that one; returns how many they were. */
export async function sweepArea(folder: string): Promise<number> {
  const area = `${folder}/${hiddenName}`;
  const names = await readdir(area).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const left = names.filter((name) => isGone(draftName.exec(name)?.[1] ?? ownMark));
  await Promise.all(left.map((name) => rm(`${area}/${name}`, { force: true })));
  return left.length;
}

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
const createFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;

function newName(): string {
  return `${ownMark}.${randomName()}`;
}

/** No link in its place is followed. */
function holdArea(jail: Jail, folder: Held): Held {
  try {
    return jail.holdHidden(folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  try {
    fs.mkdirSync(`${folder.via}/${hiddenName}`, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return jail.holdHidden(folder);
}
