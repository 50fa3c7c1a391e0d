import { constants, type Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Disk } from '../../contract/disk.ts';
import { reasonOf } from '../../contract/errors.ts';
import type { Logger } from '../../contract/logger.ts';
import type { Batch } from './gatherer.ts';
import type { FileOptions } from './options.ts';
import type { RotationLock } from './rotation-lock.ts';
import { createRotationRule, putAside } from './rotation.ts';

/** A file that lines are appended to, by several processes at once, and that anybody may rename. */
export interface FileOutput {
  carry(batch: Batch): Promise<void>;
  close(): Promise<void>;
}

export interface FileOutputOptions {
  readonly file: FileOptions;
  readonly lock: RotationLock;
  readonly log: Logger;
  readonly disk: Pick<Disk, 'makeFolders'>;
}

// A FIFO that nobody reads is an error, and no wait.
const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = constants;
// Whoever may put something into the folder must not say by a link which file of ours grows.
const flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
const fileMode = 0o640;
const folderMode = 0o750;
// A folder that may not be changed is looked at again after this.
const rotationPauseMs = 60_000;

/**
 * A batch is one write: with O_APPEND the system does it in one go, so that lines of several processes never mix. Each looks
 * before it writes whether the file of that name is still the one that it has open.
 */
export async function createFileOutput({ file, lock, log, disk }: FileOutputOptions): Promise<FileOutput> {
  const { path, rotate } = file;
  const rule = rotate === undefined ? null : createRotationRule(rotate);
  let handle: FileHandle | null = null;
  /** What of a batch is in the file already, after a write that went wrong. */
  let begun: { readonly batch: Batch; readonly offset: number } | null = null;
  let isTorn = false;
  let nextRotation = 0;

  // What cannot work is said at the start.
  await reopen();
  return {
    async carry(batch) {
      await prepare(batch.bytes);
      await write(batch);
    },
    async close() {
      await handle?.close();
      handle = null;
    },
  };

  async function reopen(): Promise<Stats> {
    const before = handle;
    handle = await openFile(path, disk);
    await before?.close();
    const state = await handle.stat();
    rule?.begin(stateOf(state));
    return state;
  }

  async function prepare(bytes: number): Promise<void> {
    const [opened, named] = [await handle?.stat(), await statOrNull(path)];
    const isOurs = opened !== undefined && named !== null && named.ino === opened.ino && named.dev === opened.dev;
    const state = isOurs ? opened : await reopen();
    if (rule === null || rotate === undefined || !rule.isDue(stateOf(state), bytes)) return;
    if (performance.now() < nextRotation) return;
    await rotateFile(state, rotate.keep);
  }

  async function rotateFile({ ino, dev }: Stats, keep: number): Promise<void> {
    try {
      using held = await lock.take(path);
      // Whoever is at it is done soon: the next write sees the new file.
      if (held === null) return;
      const named = await statOrNull(path);
      if (named?.ino === ino && named.dev === dev) await putAside(path, keep);
      await reopen();
    } catch (error) {
      nextRotation = performance.now() + rotationPauseMs;
      log.warning(`${path} cannot be rotated: ${reasonOf(error)}`);
    }
  }

  async function write(batch: Batch): Promise<void> {
    const bytes = Buffer.from(batch.lines.join(''));
    let offset = begun?.batch === batch ? begun.offset : 0;
    try {
      while (offset < bytes.length) {
        const rest = bytes.subarray(offset);
        // Half a line stands at the end: it comes again, whole.
        const part: Buffer = isTorn ? Buffer.concat([Buffer.from('\n'), rest]) : rest;
        const { bytesWritten } = await (handle as FileHandle).write(part);
        if (bytesWritten === 0) throw new Error(`nothing could be written to ${path}`);
        const taken = bytesWritten - (part.length - rest.length);
        const whole = taken === 0 ? 0 : rest.lastIndexOf(10, taken - 1) + 1;
        isTorn = taken > whole;
        offset += whole;
      }
      begun = null;
    } catch (error) {
      begun = { batch, offset };
      throw error;
    }
  }
}

async function openFile(path: string, disk: Pick<Disk, 'makeFolders'>): Promise<FileHandle> {
  const handle = await open(path, flags, fileMode).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    await disk.makeFolders(dirname(path), folderMode);
    return open(path, flags, fileMode);
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error(`${path} is not a plain file`);
}

function stateOf({ size, mtimeMs }: Stats): { readonly size: number; readonly modified: number } {
  return { size, modified: mtimeMs };
}

async function statOrNull(path: string): Promise<Stats | null> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
