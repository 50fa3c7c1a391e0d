// File systems of the operator's own, in the form that ftp-srv has for them: a class, or a function, that is given a connection and
// `{ root, cwd }`. All paths that it gets are absolute ones of the peer's.

import type { Permission } from '../../../contract/account.ts';
import type { ServiceContext } from '../../../contract/service.ts';
import type { Session } from '../../../contract/session.ts';
import { createAdaptor } from './adaptor.ts';
import type { Files } from './files.ts';

/** What of a file of ftp-srv's is looked at: an `fs.Stats` with a name. */
export interface ForeignStats {
  readonly name?: string;
  readonly size?: number;
  readonly mode?: number;
  readonly mtime?: Date | number | string;
  readonly atime?: Date | number | string;
  isDirectory(): boolean;
}

type Answer<T> = T | Promise<T>;

/** ftp-srv's FileSystem, as its documentation has it. */
export interface ForeignFileSystem {
  currentDirectory?(): string;
  get(fileName: string): Answer<ForeignStats>;
  list(path: string): Answer<readonly ForeignStats[]>;
  chdir(path: string): Answer<string>;
  write(
    fileName: string,
    options: { readonly append?: boolean; readonly start?: number },
  ): Answer<NodeJS.WritableStream | { readonly stream: NodeJS.WritableStream }>;
  read(
    fileName: string,
    options: { readonly start?: number },
  ): Answer<NodeJS.ReadableStream | { readonly stream: NodeJS.ReadableStream }>;
  delete(path: string): Answer<unknown>;
  mkdir(path: string): Answer<unknown>;
  rename(from: string, to: string): Answer<unknown>;
  chmod(path: string, mode: string | number): Answer<unknown>;
}

export interface ForeignConnection {
  readonly id: string;
  readonly ip: string;
  readonly username: string | null;
  readonly log: Session['log'];
}

type Maker = (connection: ForeignConnection, options: { readonly root: string; readonly cwd: string }) => unknown;

export interface FileSystemOrder {
  readonly root: string;
  readonly permissions: readonly Permission[];
  /** Bytes; null: no limit. */
  readonly maxFileSize: number | null;
}

/** Gives what makes a session's file system. Throws an Error that says what is wrong with the module. */
export async function loadFileSystem(
  path: string,
  { loadModule }: Pick<ServiceContext, 'loadModule'>,
): Promise<(session: Session, order: FileSystemOrder) => Promise<Files>> {
  const { default: exported } = await loadModule(path);
  if (typeof exported !== 'function') {
    throw new Error(`${path}: expected a default export that is a class or a function, as ftp-srv's FileSystem`);
  }
  const make = makerOf(exported as Maker);
  return async (session, order) => {
    const connection: ForeignConnection = {
      id: session.id,
      ip: session.peer.address,
      username: session.account?.name ?? null,
      log: session.log,
    };
    const made: unknown = await make(connection, { root: order.root, cwd: '/' });
    if (!isFileSystem(made)) throw new Error(`${path}: what it makes has no "${missingMember(made)}"`);
    return createAdaptor(made, session, order);
  };
}

function makerOf(exported: Maker): Maker {
  // An arrow function cannot be constructed; everything else was made to be.
  if (!Object.hasOwn(exported, 'prototype')) return exported;
  const Class = exported as unknown as new (...args: Parameters<Maker>) => unknown;
  return (...args) => new Class(...args);
}

const members = 'get list chdir write read delete mkdir rename chmod'.split(' ');

function isFileSystem(made: unknown): made is ForeignFileSystem {
  return missingMember(made) === undefined;
}

function missingMember(made: unknown): string | undefined {
  return members.find((name) => typeof (made as Record<string, unknown> | null)?.[name] !== 'function');
}
