import fs from 'node:fs';
import { promisify } from 'node:util';

import type { FileDraft, TreeOptions, WriteOptions } from '../contract/tree.ts';
import type { Space } from '../system/space.ts';
import { createFileDraft, type DeliverFile } from './draft.ts';
import { treeError } from './fault.ts';
import type { Held } from './jail.ts';
import { fileToReplace } from './place.ts';
import type { Root } from './roots.ts';
import { stageCopy, stageEmpty, unstage } from './staging.ts';
import { checkPlace, type TreePath } from './tree-path.ts';

const truncate = promisify(fs.ftruncate);
// Its own, that of the folder where it is and that of the one where it will stand.
const descriptorsOfDraft = 3;

export interface NewFile {
  readonly root: Root;
  readonly options: TreeOptions;
  readonly place: TreePath;
  readonly deliver: DeliverFile | null;
}

/** Looks whether the file may come, and opens the draft of it. */
export async function beginDraft(file: NewFile, { keep, replaces, size }: WriteOptions): Promise<FileDraft> {
  const { root, options, place, deliver } = file;
  const { quota, maxFileSize, syncs = true } = options;
  if (place.name === '') throw treeError('is-folder');
  using opened = new DisposableStack();
  const openPlace = opened.use(root.openLimit.take(descriptorsOfDraft));
  const parent = opened.use(root.jail.hold(place.parent, { folder: true }));
  checkPlace(parent.place, place.name);
  const former = checkWritable(parent, place.name);
  if (former !== null && !replaces) throw treeError('exists');
  const toKeep = bytesToKeep(keep, former);
  const announced = size ?? 0;
  if (maxFileSize !== null && toKeep + announced > maxFileSize) throw treeError('too-large');
  if (quota !== null) await root.usage.refresh();
  root.usage.reserve(announced, quota);
  root.usage.release(announced);

  using top = root.jail.hold('/', { folder: true });
  const isOnDiskOfRoot = top.stats.dev === parent.stats.dev;
  // What stands on another file system cannot be moved there in one step.
  const home = isOnDiskOfRoot ? top : parent;
  if (!isOnDiskOfRoot) await root.sweep(home.place);
  const space = isOnDiskOfRoot ? root.space : endlessSpace;
  await space.take(toKeep + announced);
  opened.defer(() => space.giveBack(announced));
  const { staged, kept } = await stage();
  opened.move();
  const { name, path } = place;
  // What was there is for who may read it.
  const canRead = kept === 0 || options.permissions.includes('read');
  const limits = { quota, maxFileSize, room: announced, space };
  return createFileDraft({
    root,
    openPlace,
    staged,
    parent,
    name,
    path,
    kept,
    replaces,
    canRead,
    syncs,
    deliver,
    ...limits,
  });

  async function stage() {
    try {
      return toKeep === 0 ? { staged: stageEmpty(root.jail, home), kept: 0 } : await stageKept(file, home, keep);
    } finally {
      space.wrote(toKeep);
    }
  }
}

/** Other disks tell when they are full. */
const endlessSpace: Space = { async take() {}, wrote() {}, giveBack() {} };

/** The file that is there. Throws when it may not be written to: a rename would take its place all the same. */
function checkWritable({ via }: Held, name: string): fs.Stats | null {
  const former = fileToReplace(`${via}/${name}`);
  if (former !== null) fs.accessSync(`${via}/${name}`, fs.constants.W_OK);
  fs.accessSync(via, fs.constants.W_OK | fs.constants.X_OK);
  return former;
}

function bytesToKeep(keep: WriteOptions['keep'], former: fs.Stats | null): number {
  const there = former?.size ?? 0;
  if (keep === 'all') return there;
  if (keep > there) throw treeError('too-short');
  return keep;
}

async function stageKept({ root, place }: NewFile, home: Held, keep: WriteOptions['keep']) {
  using former = root.jail.hold(place.path, { follow: false });
  if (!former.stats.isFile()) throw treeError('not-file');
  const staged = await stageCopy(root.jail, home, former.via);
  try {
    const { size } = fs.fstatSync(staged.fd);
    const kept = keep === 'all' ? size : keep;
    if (size < kept) throw treeError('too-short');
    if (size > kept) await truncate(staged.fd, kept);
    return { staged, kept };
  } catch (error) {
    await unstage(staged);
    throw error;
  }
}
