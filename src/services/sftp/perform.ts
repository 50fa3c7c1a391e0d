import { posix } from 'node:path';

import type { Entry } from '../../contract/tree.ts';
import type { Buffers } from './buffers.ts';
import type { FileHandle } from './file-handle.ts';
import type { Files } from './files.ts';
import { maxHandles, type Handles } from './handles.ts';
import { longName } from './long-name.ts';
import { maxDataBytes, statusCodes } from './packets/constants.ts';
import {
  attributesReply,
  dataHeaderBytes,
  handleReply,
  limitsReply,
  namesReply,
  spaceReply,
  statusReply,
  versionReply,
  writeDataHeader,
} from './packets/reply.ts';
import type { Asked, Request } from './packets/request.ts';
import { eofStatus, okStatus, Refusal, type Status } from './status.ts';

export interface Performing {
  readonly files: Files;
  readonly handles: Handles;
  readonly buffers: Buffers;
  readonly isReadOnly: boolean;
}

/** Does what is asked, and gives the packet to answer with. What cannot be done is thrown. */
export async function perform(request: Request, performing: Performing): Promise<Buffer> {
  if (request.type === 'init') return versionReply();
  const { files, handles, buffers, isReadOnly } = performing;
  const { id } = request;
  const done = async (task: Promise<void>): Promise<Buffer> => {
    await task;
    return reply(id, okStatus);
  };
  const opened = async (open: () => Promise<FileHandle>): Promise<Buffer> => handleReply(id, await handles.open(open));

  switch (request.type) {
    case 'read':
      return readPart(request, handles.get(request.handle), buffers);
    case 'write': {
      const { handle, offset, data } = request;
      return done(able(handles.get(handle).write, 'written')(data, offset));
    }
    case 'open':
      return opened(() => files.open(request.path, request.flags, request.attributes));
    case 'opendir':
      return opened(() => files.list(request.path));
    case 'readdir':
      return listPart(id, handles.get(request.handle));
    case 'close':
      return done(handles.close(request.handle));
    case 'stat':
    case 'lstat':
      return attributesReply(id, await files[request.type](request.path));
    case 'fstat':
      return attributesReply(id, await handles.get(request.handle).stat());
    case 'setstat':
      return done(files.set(request.path, request.attributes));
    case 'fsetstat':
      return done(handles.get(request.handle).set(request.attributes));
    case 'remove':
      return done(files.remove(request.path));
    case 'mkdir':
      return done(files.makeFolder(request.path, request.attributes));
    case 'rmdir':
      return done(files.removeFolder(request.path));
    case 'rename':
      return done(files.rename(request.from, request.to, request.replaces));
    case 'realpath':
      return oneName(id, files.resolve(request.path));
    case 'readlink':
      return oneName(id, await files.readLink(request.path));
    case 'fsync':
      return done(able(handles.get(request.handle).sync, 'synced')());
    case 'statvfs':
      return spaceReply(id, await files.space(request.path), isReadOnly);
    case 'fstatvfs':
      return spaceReply(id, await files.space(folderOf(handles.get(request.handle))), isReadOnly);
    case 'limits':
      return limitsReply(id, maxHandles);
    case 'symlink':
      throw new Refusal(statusCodes.opUnsupported, 'Links are not made here');
    case 'unknown':
      throw new Refusal(statusCodes.opUnsupported, 'That is not known here');
  }
}

export function reply(id: number, { code, text }: Status): Buffer {
  return statusReply(id, code, text);
}

type Reading = Extract<Asked, { type: 'read' }> & { readonly id: number };

async function readPart({ id, offset, length }: Reading, handle: FileHandle, buffers: Buffers): Promise<Buffer> {
  const read = able(handle.read, 'read');
  // Past what any file can have, and Node can ask for.
  if (!Number.isSafeInteger(offset)) return reply(id, eofStatus);
  const packet = buffers.take(dataHeaderBytes + Math.min(length, maxDataBytes));
  try {
    const count = await read(packet.subarray(dataHeaderBytes), offset);
    if (count > 0) {
      writeDataHeader(packet, id, count);
      return packet.subarray(0, dataHeaderBytes + count);
    }
  } catch (error) {
    buffers.give(packet);
    throw error;
  }
  buffers.give(packet);
  return reply(id, eofStatus);
}

async function listPart(id: number, handle: FileHandle): Promise<Buffer> {
  const entries = await able(handle.list, 'listed')();
  if (entries === null) return reply(id, eofStatus);
  const now = Date.now();
  return namesReply(
    id,
    entries.map((entry: Entry) => ({ name: entry.name, longName: longName(entry, now), attributes: entry })),
  );
}

function oneName(id: number, name: string): Buffer {
  return namesReply(id, [{ name, longName: name, attributes: null }]);
}

/** A file that is being written may not be there yet; its folder is. */
function folderOf({ path, list }: FileHandle): string {
  return list === undefined ? posix.dirname(path) : path;
}

function able<T>(method: T | undefined, what: string): T {
  if (method !== undefined) return method;
  throw new Refusal(statusCodes.permissionDenied, `The handle is none that can be ${what}`);
}
