import { PeerError } from '../../../contract/errors.ts';
import { readAttributes, type Attributes } from './attributes.ts';
import { requestTypes as types } from './constants.ts';
import { createCursor, type Cursor } from './cursor.ts';

// A packet from a peer to a request. Pure. Paths are as the peer says them; null where they are no UTF-8.

export type Path = string | null;

export type Request = { readonly type: 'init'; readonly version: number } | ({ readonly id: number } & Asked);

export type Asked =
  | { readonly type: 'open'; readonly path: Path; readonly flags: number; readonly attributes: Attributes }
  | { readonly type: 'close' | 'fstat' | 'readdir' | 'fsync' | 'fstatvfs'; readonly handle: number }
  | { readonly type: 'read'; readonly handle: number; readonly offset: number; readonly length: number }
  | { readonly type: 'write'; readonly handle: number; readonly offset: number; readonly data: Buffer }
  | { readonly type: 'fsetstat'; readonly handle: number; readonly attributes: Attributes }
  | {
      readonly type: 'lstat' | 'stat' | 'opendir' | 'remove' | 'rmdir' | 'realpath' | 'readlink' | 'statvfs';
      readonly path: Path;
    }
  | { readonly type: 'setstat' | 'mkdir'; readonly path: Path; readonly attributes: Attributes }
  | { readonly type: 'rename'; readonly from: Path; readonly to: Path; readonly replaces: boolean }
  | { readonly type: 'limits' | 'symlink' | 'unknown' };

/** Throws a PeerError for what no peer sends that speaks the protocol. */
export function parseRequest(packet: Buffer): Request {
  const cursor = createCursor(packet);
  const type = cursor.byte();
  if (type === types.init) return { type: 'init', version: cursor.uint32() };
  return { id: cursor.uint32(), ...parseAsked(type, cursor) };
}

function parseAsked(type: number, cursor: Cursor): Asked {
  switch (type) {
    case types.open:
      return { type: 'open', path: cursor.text(), flags: cursor.uint32(), attributes: readAttributes(cursor) };
    case types.close:
      return { type: 'close', handle: readHandle(cursor) };
    case types.read:
      return { type: 'read', handle: readHandle(cursor), offset: cursor.uint64(), length: cursor.uint32() };
    case types.write:
      return { type: 'write', handle: readHandle(cursor), offset: cursor.uint64(), data: cursor.bytes() };
    case types.lstat:
      return { type: 'lstat', path: cursor.text() };
    case types.fstat:
      return { type: 'fstat', handle: readHandle(cursor) };
    case types.setstat:
      return { type: 'setstat', path: cursor.text(), attributes: readAttributes(cursor) };
    case types.fsetstat:
      return { type: 'fsetstat', handle: readHandle(cursor), attributes: readAttributes(cursor) };
    case types.opendir:
      return { type: 'opendir', path: cursor.text() };
    case types.readdir:
      return { type: 'readdir', handle: readHandle(cursor) };
    case types.remove:
      return { type: 'remove', path: cursor.text() };
    case types.mkdir:
      return { type: 'mkdir', path: cursor.text(), attributes: readAttributes(cursor) };
    case types.rmdir:
      return { type: 'rmdir', path: cursor.text() };
    case types.realpath:
      return { type: 'realpath', path: cursor.text() };
    case types.stat:
      return { type: 'stat', path: cursor.text() };
    case types.rename:
      return { type: 'rename', from: cursor.text(), to: cursor.text(), replaces: false };
    case types.readlink:
      return { type: 'readlink', path: cursor.text() };
    case types.symlink:
      return { type: 'symlink' };
    case types.extended:
      return parseExtended(cursor);
    default:
      throw new PeerError(`a packet of SFTP is of type ${type}, which nobody has defined`);
  }
}

/** OpenSSH's additions (its file PROTOCOL, section 4). */
function parseExtended(cursor: Cursor): Asked {
  switch (cursor.text()) {
    case 'posix-rename@openssh.com':
      return { type: 'rename', from: cursor.text(), to: cursor.text(), replaces: true };
    case 'statvfs@openssh.com':
      return { type: 'statvfs', path: cursor.text() };
    case 'fstatvfs@openssh.com':
      return { type: 'fstatvfs', handle: readHandle(cursor) };
    case 'fsync@openssh.com':
      return { type: 'fsync', handle: readHandle(cursor) };
    case 'limits@openssh.com':
      return { type: 'limits' };
    default:
      return { type: 'unknown' };
  }
}

/** Ours have four bytes; any other is one that nobody has. */
function readHandle(cursor: Cursor): number {
  const bytes = cursor.bytes();
  return bytes.length === 4 ? bytes.readUInt32BE() : -1;
}
