import { posix } from 'node:path';

import { PeerError } from '../../../contract/errors.ts';
import { TreeError, type EntryKind } from '../../../contract/tree.ts';
import type { Files } from '../files.ts';
import type { Attributes } from '../packets/attributes.ts';
import { openFlags } from '../packets/constants.ts';
import { parseRecord, type ScpRecord } from './parse-record.ts';
import type { Copying } from './serve-scp.ts';

const ok = '\0';
const nothing: Attributes = { size: null, owner: null, mode: null, times: null };
const newFile = openFlags.write | openFlags.create | openFlags.truncate;
// As deep as a path can be.
const maxDepth = 512;

/** Takes what an scp sends, until it ends. Resolves early when the peer has gone. */
export async function receiveFiles(copying: Copying): Promise<void> {
  const { wire, command, files, warn } = copying;
  const target = await kindOf(files, command.path);
  if (command.wantsFolder && target !== 'folder') {
    await warn(new TreeError('not-folder', 'that is no folder'));
    return;
  }
  // Each folder that is being filled; the first part of a path is taken from the command where it names no folder.
  const folders: string[] = target === 'folder' ? [command.path] : [];
  const outer = folders.length;
  let times: Attributes['times'] = null;

  await wire.send(ok);
  for (;;) {
    const line = await wire.line();
    if (line === null) return;
    const record = parseRecord(line);
    if (record === null) throw new PeerError('what came is not what scp sends');
    await obey(record);
  }

  async function obey(record: ScpRecord): Promise<void> {
    switch (record.type) {
      case 'warning':
        return;
      case 'times':
        times = { accessed: record.accessed, modified: record.modified };
        return wire.send(ok);
      case 'end':
        if (folders.length <= outer) throw new PeerError('scp ends a folder that it has not begun');
        folders.pop();
        return wire.send(ok);
      case 'folder':
        return enter(pathOf(record.name), record.mode);
      case 'file': {
        const attributes = { ...nothing, mode: record.mode, times };
        times = null;
        return receive(pathOf(record.name), record.size, attributes);
      }
    }
  }

  async function enter(path: string, mode: number): Promise<void> {
    if (!command.isRecursive || folders.length >= maxDepth)
      throw new PeerError('scp sends a folder that was not announced');
    times = null;
    try {
      if ((await kindOf(files, path)) !== 'folder') await files.makeFolder(path, { ...nothing, mode: mode | 0o700 });
      folders.push(path);
      await wire.send(ok);
    } catch (error) {
      // The peer goes on to the next one.
      await warn(error);
    }
  }

  function pathOf(name: string): string {
    const folder = folders.at(-1);
    return folder === undefined ? command.path : posix.join('/', folder, name);
  }

  async function receive(path: string, size: number, attributes: Attributes): Promise<void> {
    const { handles } = copying;
    let failure: unknown = null;
    let number: number | null = null;
    try {
      number = await handles.open(() => files.open(path, newFile, attributes));
    } catch (error) {
      // Nothing of it is sent then.
      return warn(error);
    }
    await wire.send(ok);
    for (let offset = 0; offset < size;) {
      const part = await wire.some(size - offset);
      if (part === null) return;
      if (failure === null) {
        try {
          await handles.get(number).write?.(part, offset);
        } catch (error) {
          failure = error;
        }
      }
      offset += part.length;
    }
    // The peer could not read all of it: then it is not whole.
    const isWhole = await wire.isAccepted();
    if (isWhole === null) return;
    try {
      if (failure !== null) throw failure;
      if (!isWhole) return await wire.send(ok);
      const handle = handles.get(number);
      if (command.keepsTimes) await handle.set({ ...nothing, mode: attributes.mode, times: attributes.times });
      await handles.close(number);
      await wire.send(ok);
    } catch (error) {
      await warn(error);
    }
  }
}

async function kindOf(files: Files, path: string): Promise<EntryKind | null> {
  try {
    return (await files.stat(path)).kind;
  } catch (error) {
    if (error instanceof TreeError) return null;
    throw error;
  }
}
