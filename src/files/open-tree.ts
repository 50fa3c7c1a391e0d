import fs from 'node:fs';
import { statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';

import type { Permission } from '../contract/account.ts';
import type { DeliveryDesk } from '../contract/delivery.ts';
import { reasonOf } from '../contract/errors.ts';
import type { Session } from '../contract/session.ts';
import { TreeError, type Tree, type TreeOptions } from '../contract/tree.ts';
import { beginDraft } from './begin-draft.ts';
import { deliverFile, deliveryName } from './deliver-file.ts';
import type { DeliverFile } from './draft.ts';
import { entryOf } from './entry.ts';
import { fileTime } from './file-time.ts';
import { codeOf, isUnreachable, toTreeError, treeError } from './fault.ts';
import type { Held, HoldOptions } from './jail.ts';
import { listFolder } from './list-folder.ts';
import { openFile } from './open-file.ts';
import { place, fileToReplace } from './place.ts';
import { readLinkInside } from './read-link.ts';
import type { Root, Roots } from './roots.ts';
import { checkPlace, hiddenName, parseTreePath, type TreePath } from './tree-path.ts';

export interface TreeSurroundings {
  readonly session: Pick<Session, 'id' | 'peer' | 'account'>;
  readonly desk: DeliveryDesk;
  /** Names of the deliveries of the service. */
  readonly deliver: readonly string[];
  /** The service's name. */
  readonly service: string;
  readonly roots: Roots;
}

/** Files below a folder, as one session may see and change them. The folder is made when there is none. */
export async function openTree(surroundings: TreeSurroundings, options: TreeOptions): Promise<Tree> {
  const root = await surroundings.roots.open(options.root).catch((error: unknown) => {
    throw cannotOpen(error, options.root);
  });
  return createTree(root, options, delivererOf(surroundings, options));
}

/** The folder itself: whatever is wrong with it, no peer can mend that. */
function cannotOpen(error: unknown, root: string): Error {
  const whole = toTreeError(error, root);
  if (!(whole instanceof TreeError) || whole.detail !== null) return whole;
  return treeError(whole.fault, error, `${root} cannot be opened (${codeOf(error) ?? reasonOf(error)})`);
}

function delivererOf(
  { session, desk, deliver, service }: TreeSurroundings,
  { delivers = true }: TreeOptions,
): ((name: string) => DeliverFile) | null {
  if (!delivers || deliver.length === 0) return null;
  return (name) => (file) => {
    const { id, peer, account } = session;
    const facts = { service, session: id, peer, account, name: deliveryName(name), mediaType: null, replaces: true };
    return deliverFile(desk, facts, file);
  };
}

function createTree(root: Root, options: TreeOptions, deliver: ((name: string) => DeliverFile) | null): Tree {
  const { jail, usage } = root;
  const permissions = new Set(options.permissions);

  const tree: Tree = {
    stat: (path) => look(path, {}),
    lstat: (path) => look(path, { follow: false }),
    async *list(path) {
      demand('list');
      try {
        using _place = root.openLimit.take(2);
        using folder = jail.hold(parseTreePath(path).path, { folder: true });
        yield* listFolder(folder);
      } catch (error) {
        rethrow(error, placeOf(path));
      }
    },
    open: guarded('read', (path) => {
      const { path: whole, name } = parseTreePath(path);
      using held = jail.hold(whole);
      return openFile(root, { held, name, demandWrite: () => demand('write') });
    }),
    write: guarded('write', (path, writeOptions) => {
      const place = parseTreePath(path, { isNew: true });
      return beginDraft({ root, options, place, deliver: deliver?.(place.name) ?? null }, writeOptions);
    }),
    remove: guarded('delete', async (path) => {
      const { name, parent } = placeIn(path);
      using folder = jail.hold(parent, { folder: true });
      const stats = fs.lstatSync(`${folder.via}/${name}`);
      if (stats.isDirectory()) throw treeError('is-folder');
      await unlink(`${folder.via}/${name}`);
      usage.change(stats.isFile() ? -stats.size : 0, -1);
    }),
    makeFolder: guarded('mkdir', async (path, mode = null) => {
      const { name, parent } = parseTreePath(path, { isNew: true });
      if (name === '') throw treeError('exists');
      using folder = jail.hold(parent, { folder: true });
      checkPlace(folder.place, name);
      if (options.quota !== null) await usage.refresh();
      usage.reserve(0, options.quota);
      fs.mkdirSync(`${folder.via}/${name}`);
      usage.change(0, 1);
      if (mode !== null) changeMode(path, mode);
      // A file in it is on disk once it says so, and that is nothing without the folder.
      if (options.syncs !== false) await root.syncFolder(folder.place).catch(unlessUnreachable);
    }),
    removeFolder: guarded('delete', (path) => {
      const { name, parent } = placeIn(path);
      using folder = jail.hold(parent, { folder: true });
      removeFolderAt(`${folder.via}/${name}`);
      usage.change(0, -1);
    }),
    rename: guarded('rename', async (from, to, replaces) => {
      const [source, target] = [placeIn(from), placeIn(to, { isNew: true })];
      using oldFolder = jail.hold(source.parent, { folder: true });
      using newFolder = jail.hold(target.parent, { folder: true });
      checkPlace(newFolder.place, target.name);
      const former = checkRename(`${oldFolder.via}/${source.name}`, `${newFolder.via}/${target.name}`, replaces);
      await place(`${oldFolder.via}/${source.name}`, `${newFolder.via}/${target.name}`, replaces);
      if (former !== null) usage.change(-former.size, -1);
    }),
    setTimes: guarded('write', (path, accessed, modified) => {
      using held = jail.hold(parseTreePath(path).path);
      checkOrdinary(held);
      const { atimeMs, mtimeMs } = held.stats;
      fs.utimesSync(held.via, fileTime(accessed ?? atimeMs), fileTime(modified ?? mtimeMs));
    }),
    setMode: guarded('write', (path, mode) => changeMode(path, mode)),
    readLink: guarded('list', (path) => {
      const { path: whole } = parseTreePath(path);
      using held = jail.hold(whole, { follow: false });
      return readLinkInside(jail, held);
    }),
    space: guarded(null, async (path) => {
      using held = jail.hold(parseTreePath(path).path);
      const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(held.via);
      return { blockSize: bsize, total: blocks, free: bfree, available: bavail, files, freeFiles: ffree };
    }),
  };
  return tree;

  /** On this machine, for the log. */
  function placeOf(path: unknown): string {
    return join(jail.root, String(path));
  }

  function changeMode(path: string, mode: number): void {
    using held = jail.hold(parseTreePath(path).path);
    checkOrdinary(held);
    // Whoever keeps the machine says who comes in, and it may be the folder of many.
    if (held.place === jail.root) throw treeError('denied');
    // Whoever gave a folder its group keeps it; no file comes to run as somebody else.
    const special = held.stats.isDirectory() ? held.stats.mode & 0o7000 : 0;
    fs.chmodSync(held.via, (mode & 0o777) | special);
  }

  function demand(permission: Permission): void {
    if (!permissions.has(permission)) throw treeError('denied');
  }

  function guarded<Arguments extends unknown[], T>(
    permission: Permission | null,
    action: (...given: Arguments) => T | Promise<T>,
  ): (...given: Arguments) => Promise<T> {
    return async (...given) => {
      try {
        if (permission !== null) demand(permission);
        return await action(...given);
      } catch (error) {
        return rethrow(error, placeOf(given[0]));
      }
    };
  }

  /** Where something is kept that may be moved, or taken away: not the root. */
  function placeIn(path: string, use?: { readonly isNew: boolean }): TreePath {
    const place = parseTreePath(path, use);
    if (place.name === '') throw treeError('denied');
    return place;
  }

  async function look(path: string, how: HoldOptions) {
    try {
      const { path: whole, name } = parseTreePath(path);
      using held = jail.hold(whole, how);
      // Who may only write has to find the folder to write to.
      if (!held.stats.isDirectory() && !permissions.has('read')) demand('list');
      return entryOf(name, held.stats);
    } catch (error) {
      return rethrow(error, placeOf(path));
    }
  }

  function checkRename(from: string, to: string, replaces: boolean): fs.Stats | null {
    const moved = fs.lstatSync(from);
    const there = fs.lstatSync(to, { throwIfNoEntry: false });
    if (there === undefined) return null;
    if (!replaces) throw treeError('exists');
    if (moved.ino === there.ino && moved.dev === there.dev) return null;
    if (moved.isDirectory()) throw treeError(there.isDirectory() ? 'exists' : 'not-folder');
    demand('write');
    return fileToReplace(to);
  }
}

function checkOrdinary({ stats }: Held): void {
  if (!stats.isDirectory() && !stats.isFile()) throw treeError('not-file');
}

function unlessUnreachable(error: unknown): void {
  if (!isUnreachable(error)) throw error;
}

/** A folder in which nothing is but an empty one for drafts is empty for its owner. */
function removeFolderAt(path: string): void {
  try {
    fs.rmdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY') throw error;
    try {
      fs.rmdirSync(`${path}/${hiddenName}`);
    } catch {
      throw error;
    }
    fs.rmdirSync(path);
  }
}

function rethrow(error: unknown, place: string): never {
  throw toTreeError(error, place);
}
