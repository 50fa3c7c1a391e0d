import { posix } from 'node:path';

import { TreeError, type Entry } from '../../../contract/tree.ts';
import { openFlags } from '../packets/constants.ts';
import type { Attributes } from '../packets/attributes.ts';
import type { Copying } from './serve-scp.ts';

const nothing: Attributes = { size: null, owner: null, mode: null, times: null };
const chunkBytes = 262_144;
const maxDepth = 64;

/** Sends the file or, with -r, the folder that was asked for. */
export async function sendFiles(copying: Copying): Promise<void> {
  const { wire, command, files, handles, warn } = copying;
  if ((await wire.isAccepted()) !== true) return;
  await send(command.path, 0).catch(warn);

  async function send(path: string, depth: number): Promise<void> {
    const entry = await files.stat(path);
    if (entry.kind === 'folder') return sendFolder(path, entry, depth);
    if (entry.kind !== 'file') throw new TreeError('not-file', 'that is no file');
    const number = await handles.open(() => files.open(path, openFlags.read, nothing));
    try {
      await sendFile(number, path, await handles.get(number).stat());
    } finally {
      await handles.close(number);
    }
  }

  async function sendFile(number: number, path: string, { size, mode, ...times }: Entry): Promise<void> {
    if (!(await announce(times, `C${octal(mode)} ${size} ${posix.basename(path)}`))) return;
    const failure = await sendBytes(number, size);
    // Instead of what ends a file, what was wrong with it.
    await (failure === null ? wire.send('\0') : warn(failure));
    await wire.isAccepted();
  }

  /** As many as were announced, whatever becomes of the file meanwhile. */
  async function sendBytes(number: number, size: number): Promise<unknown> {
    const { read } = handles.get(number);
    let failure: unknown = null;
    for (let offset = 0; offset < size;) {
      const buffer = Buffer.alloc(Math.min(chunkBytes, size - offset));
      let count = 0;
      try {
        if (failure === null) count = (await read?.(buffer, offset)) ?? 0;
      } catch (error) {
        failure = error;
      }
      if (count === 0) failure ??= new TreeError('too-short', 'the file has become shorter');
      const part = count === 0 ? buffer.fill(0) : buffer.subarray(0, count);
      offset += part.length;
      await wire.send(part);
    }
    return failure;
  }

  async function sendFolder(path: string, { mode, ...times }: Entry, depth: number): Promise<void> {
    if (!command.isRecursive) throw new TreeError('is-folder', 'that is a folder');
    if (depth >= maxDepth) throw new TreeError('failed', 'the folder is too deep');
    const name = posix.basename(posix.resolve('/', path));
    if (!(await announce(times, `D${octal(mode)} 0 ${name === '' ? '.' : name}`))) return;
    const number = await handles.open(() => files.list(path));
    const { list } = handles.get(number);
    for (;;) {
      const entries = (await list?.()) ?? null;
      if (entries === null) break;
      for (const entry of entries) {
        // A link may lead back to where it stands.
        if (entry.kind === 'link') continue;
        await send(posix.join(path, entry.name), depth + 1).catch(warn);
      }
    }
    await handles.close(number);
    await wire.send('E\n');
    await wire.isAccepted();
  }

  async function announce(
    { modified, accessed }: Pick<Entry, 'modified' | 'accessed'>,
    line: string,
  ): Promise<boolean> {
    if (command.keepsTimes) {
      await wire.send(`T${seconds(modified)} 0 ${seconds(accessed)} 0\n`);
      if ((await wire.isAccepted()) !== true) return false;
    }
    await wire.send(`${line}\n`);
    return (await wire.isAccepted()) === true;
  }
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

function seconds(milliseconds: number): number {
  return Math.max(0, Math.floor(milliseconds / 1000));
}
