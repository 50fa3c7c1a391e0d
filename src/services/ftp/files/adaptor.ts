import type { Readable, Writable } from 'node:stream';

import type { Permission } from '../../../contract/account.ts';
import type { Session } from '../../../contract/session.ts';
import { TreeError, type Entry } from '../../../contract/tree.ts';
import { foreignDraft } from './foreign-draft.ts';
import { asTreeError } from './foreign-error.ts';
import type { FileSystemOrder, ForeignFileSystem, ForeignStats } from './file-system.ts';
import type { Files } from './files.ts';
import { splitPath } from './resolve-path.ts';
import { whileInSession } from './while-in-session.ts';

/** Makes a tree of a file system of ftp-srv's form. What it says is not known there is refused. */
export function createAdaptor(system: ForeignFileSystem, session: Session, order: FileSystemOrder): Files {
  const need = (permission: Permission): void => {
    if (!order.permissions.includes(permission)) throw new TreeError('denied', 'the account may not do that');
  };
  const stat = async (path: string): Promise<Entry> => {
    need('list');
    return entryOf(await asked(() => system.get(path)), splitPath(path).name || '/');
  };
  /** What never answers is waited for as long as there is a session. */
  const asked = async <T>(ask: () => T | Promise<T>): Promise<T> => {
    try {
      return await whileInSession(session, Promise.try(ask));
    } catch (error) {
      throw asTreeError(error);
    }
  };
  const refuseFolder = async (path: string): Promise<void> => {
    if (entryOf(await asked(() => system.get(path)), '').kind === 'folder') {
      throw new TreeError('is-folder', 'it is a folder');
    }
  };
  /** null: there is nothing. */
  const look = (path: string): Promise<ForeignStats | null> =>
    asked(async () => {
      try {
        return (await system.get(path)) ?? null;
      } catch {
        return null;
      }
    });
  const unknown = (): never => {
    throw new TreeError('denied', 'the file system does not do that');
  };
  return {
    stat,
    lstat: stat,
    async *list(path) {
      need('list');
      for (const stats of await asked(() => system.list(path))) yield entryOf(stats, stats.name ?? '');
    },
    async enter(path) {
      await asked(() => system.chdir(path));
    },
    async open(path) {
      need('read');
      const entry = entryOf(await asked(() => system.get(path)), splitPath(path).name);
      if (entry.kind !== 'file') throw new TreeError('not-file', 'it is no file');
      return {
        entry,
        read: async (offset) =>
          streamOf<Readable>(await asked(() => system.read(path, offset > 0 ? { start: offset } : {}))),
        [Symbol.dispose]() {},
      };
    },
    async write(path, { keep, replaces }) {
      need('write');
      const before = await look(path);
      if (before !== null && !replaces) throw new TreeError('exists', 'there is one of that name');
      const options = keep === 'all' ? { append: true } : keep > 0 ? { start: keep } : {};
      const stream = streamOf<Writable>(await asked(() => system.write(path, options)));
      const kept = keep === 'all' ? (before?.size ?? 0) : keep;
      return foreignDraft(stream, {
        session,
        name: splitPath(path).name,
        kept,
        maxFileSize: order.maxFileSize,
        isReplacement: before !== null,
        // What was there is gone already: half of the new one is worse than none.
        drop: async () => void (keep === 0 ? await system.delete(path) : null),
      });
    },
    async remove(path) {
      need('delete');
      await refuseFolder(path);
      await asked(() => system.delete(path));
    },
    async makeFolder(path, mode = null) {
      need('mkdir');
      if ((await look(path)) !== null) throw new TreeError('exists', 'there is one of that name');
      await asked(() => system.mkdir(path));
      if (mode !== null) await changeMode(path, mode);
    },
    async removeFolder(path) {
      need('delete');
      if (entryOf(await asked(() => system.get(path)), '').kind !== 'folder') {
        throw new TreeError('not-folder', 'it is no folder');
      }
      await asked(() => system.delete(path));
    },
    async rename(from, to) {
      need('rename');
      await asked(() => system.rename(from, to));
    },
    async setMode(path, mode) {
      need('write');
      await changeMode(path, mode);
    },
    setTimes: unknown,
    readLink: unknown,
    space: unknown,
  };

  /** In digits, as SITE CHMOD of ftp-srv gives it. */
  async function changeMode(path: string, mode: number): Promise<void> {
    await asked(() => system.chmod(path, mode.toString(8).padStart(3, '0')));
  }
}

function streamOf<Stream>(given: unknown): Stream {
  return (given !== null && typeof given === 'object' && 'stream' in given ? given.stream : given) as Stream;
}

function entryOf(stats: ForeignStats | null | undefined, name: string): Entry {
  if (stats === null || stats === undefined) throw new TreeError('missing', 'there is none of that name');
  const isFolder = stats.isDirectory();
  const modified = timeOf(stats.mtime);
  return {
    name,
    kind: isFolder ? 'folder' : 'file',
    size: stats.size ?? 0,
    modified,
    accessed: stats.atime === undefined ? modified : timeOf(stats.atime),
    mode: (stats.mode ?? (isFolder ? 0o755 : 0o644)) & 0o777,
    uid: 0,
    gid: 0,
    links: 1,
    unique: name,
  };
}

function timeOf(time: Date | number | string | undefined): number {
  const milliseconds = new Date(time ?? 0).getTime();
  return Number.isNaN(milliseconds) ? 0 : milliseconds;
}
