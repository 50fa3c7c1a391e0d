import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';

import { exitCodes, ExitError } from '../contract/errors.ts';

// inetd.conf has some kilobytes; this is for what is no such file at all.
const maxBytes = 1024 ** 2;
const maxEntries = 10_000;

/** The text of a file that another program was configured with. Throws an ExitError that says what is wrong with it. */
export function readForeignFile(path: string): string {
  const bytes = readBytes(path);
  if (bytes.includes(0)) throw refuse(path, 'expected a text file, got one with NUL bytes');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Old files have old letters in their comments.
    return bytes.toString('latin1');
  }
}

/** As above; null when there is none, or it cannot be read. */
export function tryReadForeignFile(path: string): string | null {
  try {
    return readForeignFile(path);
  } catch (error) {
    if (error instanceof ExitError) return null;
    throw error;
  }
}

/** Names in a folder, in the order of their bytes; null for what is no folder. */
export function listForeignFolder(path: string): readonly string[] | null {
  try {
    const names = readdirSync(path);
    if (names.length > maxEntries) throw refuse(path, `expected at most ${maxEntries} files in it`);
    return names.toSorted();
  } catch (error) {
    if (error instanceof ExitError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR' || code === 'ENOENT') return null;
    throw refuse(path, code === 'EACCES' ? 'permission denied' : (error as Error).message);
  }
}

export function isForeignFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

export function refuse(path: string, reason: string): ExitError {
  return new ExitError(exitCodes.config, `${path}: ${reason}`);
}

function readBytes(path: string): Buffer {
  let fd: number;
  try {
    // A pipe without a writer must not hold us.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw refuse(path, 'there is no such file');
    if (code === 'EACCES') throw new ExitError(exitCodes.permission, `${path}: permission denied`);
    throw refuse(path, message);
  }
  try {
    if (!fstatSync(fd).isFile()) throw refuse(path, 'it is not a file');
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got) {
      got = readSync(fd, bytes, length, bytes.length - length, null);
    }
    if (length > maxBytes) throw refuse(path, 'expected a file of at most 1MB');
    return bytes.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}
