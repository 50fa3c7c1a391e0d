import { rename, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { absent, namesIn, openPlain, orAbsent, syncFolder } from '../mailbox/maildir-files.ts';
import { compareNames, nameInCur, uniqueOf } from '../mailbox/maildir-name.ts';

/** A message where it was last seen; other programs may move and rename it. */
export interface MailFile {
  /** As uniqueOf gives it. */
  readonly unique: string;
  place: Place;
}

interface Place {
  readonly folder: Folder;
  readonly name: string;
}

const folders = ['new', 'cur'] as const;
type Folder = (typeof folders)[number];

/** The files of a Maildir (cr.yp.to/proto/maildir.html), each by its own name. Nothing but plain files is ever opened. */
export interface Maildir {
  /** Oldest first. A folder that is not there has nothing in it. */
  files(): Promise<MailFile[]>;
  /** null: the message is gone. */
  open(file: MailFile): Promise<FileHandle | null>;
  /** A message that is gone already is removed. */
  remove(file: MailFile): Promise<void>;
  /** Whoever reads mail has seen that it is there; `isSeen`: and has read it. */
  keep(file: MailFile, how: { readonly isSeen: boolean }): Promise<void>;
  /** What was removed stays removed, whatever happens to the machine. */
  sync(): Promise<void>;
}

export function createMaildir(path: string): Maildir {
  const changed = new Set<Folder>();
  let places: Promise<Map<string, Place>> | undefined;
  return {
    async files() {
      const found = await list();
      const all = [...found].map(([unique, place]) => ({ unique, place }));
      return all.sort((a, b) => compareNames(a.unique, b.unique));
    },
    open: (file) => whereItIs(file, openPlain),
    async remove(file) {
      await whereItIs(file, async (whole) => {
        await unlink(whole);
        changed.add(file.place.folder);
      });
    },
    async keep(file, how) {
      await whereItIs(file, async (whole) => {
        const name = nameInCur(file.place.name, how);
        if (file.place.folder === 'cur' && file.place.name === name) return;
        await rename(whole, pathOf({ folder: 'cur', name }));
        file.place = { folder: 'cur', name };
      });
    },
    async sync() {
      for (const folder of changed) await syncFolder(join(path, folder));
      changed.clear();
    },
  };

  /** Does it where the file was last seen, or else where it is now; null when it is nowhere. */
  async function whereItIs<T>(file: MailFile, task: (path: Buffer) => Promise<T>): Promise<T | null> {
    const known = await orAbsent(task(pathOf(file.place)));
    if (known !== absent) return known;
    // One look for all messages that have been moved since.
    const place = await findAgain(file);
    if (place === null) return null;
    file.place = place;
    const found = await orAbsent(task(pathOf(place)));
    return found === absent ? null : found;
  }

  async function findAgain({ unique, place }: MailFile): Promise<Place | null> {
    const last = (await places)?.get(unique);
    if (last !== undefined && (last.name !== place.name || last.folder !== place.folder)) return last;
    places = list();
    return (await places).get(unique) ?? null;
  }

  async function list(): Promise<Map<string, Place>> {
    const found = new Map<string, Place>();
    // In this order: what is moved meanwhile is seen twice, and counts where it is now.
    for (const folder of folders) {
      for (const name of await namesIn(join(path, folder))) found.set(uniqueOf(name), { folder, name });
    }
    return found;
  }

  function pathOf({ folder, name }: Place): Buffer {
    return Buffer.concat([Buffer.from(`${join(path, folder)}/`), Buffer.from(name, 'latin1')]);
  }
}
