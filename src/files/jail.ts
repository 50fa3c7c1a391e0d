import fs, { type Stats } from 'node:fs';
import { dirname } from 'node:path';

import { treeError } from './fault.ts';
import { below, hiddenName } from './tree-path.ts';

// Whatever symbolic links do, and whoever changes them meanwhile: what a path leads to is held first, without being read or
// written, then the kernel is asked where it is, and from then on it is reached by its descriptor and by nothing else.

export interface Jail {
  /** Real path of the folder that nothing leads out of. */
  readonly root: string;
  /** Throws a TreeError for what is elsewhere, and the system's error for what is not there. */
  hold(path: string, options?: HoldOptions): Held;
  /** The folder of drafts in one that is held. */
  holdHidden(folder: Held): Held;
  /** The file that is held, open for reading. Never asked of what is no file. */
  openHeld(held: Held): number;
}

export interface HoldOptions {
  /** A link at the end is followed. Default true. */
  readonly follow?: boolean;
  /** Nothing else will do. */
  readonly folder?: boolean;
}

/** A file, a folder or anything else in the tree. */
export interface Held extends Disposable {
  /** A path that leads to it, however it is called by now. */
  readonly via: string;
  /** The real path it had when it was looked at. */
  readonly place: string;
  readonly stats: Stats;
}

const { O_RDONLY, O_NONBLOCK, O_NOCTTY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
// open(2): a descriptor of the place alone. Devices are not touched, FIFOs wait for nobody, and no permission to read is needed.
const O_PATH = 0o10_000_000;

export function createJail(root: string, hasProc = fs.existsSync('/proc/self/fd')): Jail {
  return hasProc ? createProcJail(root) : createPathJail(root);
}

function createProcJail(root: string): Jail {
  return {
    root,
    hold(path, { follow = true, folder = false } = {}) {
      const held = holdByProc(below(root, path.slice(1)), (follow ? 0 : O_NOFOLLOW) | (folder ? O_DIRECTORY : 0));
      return checked(held, root);
    },
    holdHidden: ({ via }) => holdByProc(`${via}/${hiddenName}`, O_NOFOLLOW | O_DIRECTORY),
    openHeld: ({ via }) => fs.openSync(via, O_RDONLY | O_NONBLOCK | O_NOCTTY),
  };
}

function holdByProc(path: string, flags: number): Held {
  const fd = fs.openSync(path, O_PATH | flags);
  try {
    const via = `/proc/self/fd/${fd}`;
    return { via, place: fs.readlinkSync(via), stats: fs.fstatSync(fd), [Symbol.dispose]: () => fs.closeSync(fd) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** Without /proc: the real path, which is looked at, and reached through no link. */
function createPathJail(root: string): Jail {
  return {
    root,
    hold(path, { follow = true, folder = false } = {}) {
      const held = holdByPath(placeOf(below(root, path.slice(1)), follow));
      if (folder && !held.stats.isDirectory()) throw treeError('not-folder');
      return checked(held, root);
    },
    holdHidden({ place }) {
      const held = holdByPath(`${place}/${hiddenName}`);
      if (!held.stats.isDirectory()) throw treeError('not-folder');
      return held;
    },
    openHeld({ place, stats }) {
      const fd = fs.openSync(place, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
      const now = fs.fstatSync(fd);
      if (now.ino === stats.ino && now.dev === stats.dev) return fd;
      fs.closeSync(fd);
      throw treeError('missing');
    },
  };
}

function holdByPath(place: string): Held {
  return { via: place, place, stats: fs.lstatSync(place), [Symbol.dispose]() {} };
}

function placeOf(path: string, follow: boolean): string {
  if (follow || path.endsWith('/')) return fs.realpathSync.native(path);
  return below(fs.realpathSync.native(dirname(path)), path.slice(path.lastIndexOf('/') + 1));
}

/** Closes what is elsewhere, or hidden. */
function checked(held: Held, root: string): Held {
  const { place } = held;
  if (place === root) return held;
  const isInside = place.startsWith(below(root, ''));
  if (isInside && !(place.includes(hiddenName) && place.slice(root.length).split('/').includes(hiddenName)))
    return held;
  held[Symbol.dispose]();
  throw treeError(isInside ? 'missing' : 'denied');
}
