import { rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { absent, namesIn, openPlain, orAbsent, syncFolder } from '../mailbox/maildir-files.ts';
import { compareNames, uniqueOf } from '../mailbox/maildir-name.ts';
import { lettersIn } from './flags.ts';
import { placeFiles, type NewFile } from './place-files.ts';
import { createUidFile, type Uids } from './uid-file.ts';

/** A Maildir whose messages have numbers. Other programs may deliver into it, and move, rename and remove messages. */
export interface Folder {
  readonly path: string;
  /** What is there now: the same object as before when nothing has changed. null: there is no such folder any more. */
  look(): Promise<Snapshot | null>;
  /** null, here and below: the message is gone. */
  open(file: MailFile): Promise<{ readonly handle: FileHandle; readonly name: string } | null>;
  /** Milliseconds since 1970. */
  timeOf(file: MailFile): Promise<number | null>;
  /** Does something with the file where it is; ENOENT means that it is elsewhere, or gone. */
  withPath<T>(file: MailFile, task: (path: Buffer) => Promise<T>): Promise<T | null>;
  /** Puts it into `cur`, with other flags than it has there now. Returns them. */
  setLetters(file: MailFile, change: (before: string) => string): Promise<string | null>;
  remove(file: MailFile): Promise<void>;
  /** What was removed or renamed stays so, whatever happens to the machine. */
  sync(): Promise<void>;
  /** For who holds the account's lock: all of them, or none. Gives their UIDs, in their order. */
  add(files: readonly NewFile[]): Promise<{ readonly validity: number; readonly uids: number[] }>;
}

export interface MailFile {
  readonly uid: number;
  readonly unique: string;
  /** Where it was last seen. */
  place: Place;
}

export interface Place {
  readonly part: Part;
  readonly name: string;
}

const parts = ['new', 'cur'] as const;
type Part = (typeof parts)[number];

export interface Snapshot {
  readonly validity: number;
  /** The UID of the message that comes next. */
  readonly next: number;
  /** Ascending UIDs. */
  readonly files: readonly MailFile[];
}

export interface FolderOptions {
  readonly path: string;
  /** Runs the task alone, as far as others in this account are concerned. */
  alone<T>(task: () => Promise<T>): Promise<T>;
  /** For who is alone. */
  newValidity(): Promise<number>;
}

// A mailbox with more shows the oldest.
const maxMessages = 500_000;
// The system's clock for files goes in steps: a change so soon after another may have the same time.
const settledMs = 100;

export function createFolder({ path, alone, newValidity }: FolderOptions): Folder {
  const file = createUidFile(path);
  let places: ReturnType<typeof list> | undefined;
  let last: { readonly snapshot: Snapshot; readonly marks: string } | null = null;

  const folder: Folder = {
    path,
    async look() {
      const marks = await marksOf(path);
      if (marks !== null && last?.marks === marks) return last.snapshot;
      const listed = await list(path);
      if (listed === null) return null;
      const uids = await file.read();
      if (uids !== null && isComplete(uids, listed)) return keep(uids, listed, marks);
      return alone(lookAlone);
    },
    async open(mail) {
      return folder.withPath(mail, async (whole) => {
        const { name } = mail.place;
        const handle = await openPlain(whole);
        return handle === null ? null : { handle, name };
      });
    },
    timeOf: (mail) => folder.withPath(mail, async (whole) => (await stat(whole)).mtimeMs),
    async withPath(mail, task) {
      const known = await orAbsent(task(pathOf(path, mail.place)));
      if (known !== absent) return known;
      const place = await findAgain(mail);
      if (place === null) return null;
      mail.place = place;
      const found = await orAbsent(task(pathOf(path, place)));
      return found === absent ? null : found;
    },
    setLetters: (mail, change) =>
      folder.withPath(mail, async (whole) => {
        const letters = change(lettersIn(mail.place.name));
        const place: Place = { part: 'cur', name: `${mail.unique}:2,${letters}` };
        if (mail.place.part === 'cur' && mail.place.name === place.name) return letters;
        await rename(whole, pathOf(path, place));
        mail.place = place;
        return letters;
      }),
    async remove(mail) {
      await folder.withPath(mail, unlink);
    },
    async sync() {
      for (const part of parts) await syncFolder(join(path, part));
    },
    async add(files) {
      const { uids } = await readAlone();
      await placeFiles(path, files);
      const given = await file.add(
        uids,
        files.map(({ unique }) => unique),
      );
      return { validity: uids.validity, uids: given };
    },
  };
  return folder;

  async function lookAlone(): Promise<Snapshot | null> {
    const marks = await marksOf(path);
    if ((await list(path)) === null) return null;
    const { uids, listed } = await readAlone();
    return keep(uids, listed, marks);
  }

  /** One look for all messages that have been moved since. */
  async function findAgain({ unique, place }: MailFile): Promise<Place | null> {
    const lately = (await places)?.get(unique);
    if (lately !== undefined && (lately.name !== place.name || lately.part !== place.part)) return lately;
    places = list(path);
    return (await places)?.get(unique) ?? null;
  }

  /** With numbers for all that is there. */
  async function readAlone(): Promise<{ readonly uids: Uids; readonly listed: ReadonlyMap<string, Place> }> {
    const uids = (await file.read()) ?? (await file.create(await newValidity()));
    let listed = (await list(path)) ?? new Map<string, Place>();
    const unknown = [...listed.keys()].filter((unique) => !uids.byUnique.has(unique)).sort(compareNames);
    await file.add(uids, unknown);
    if (uids.byUnique.size > listed.size) {
      // What is renamed while names are read may have been passed over.
      listed = new Map([...listed, ...((await list(path)) ?? [])]);
      await file.remove(
        uids,
        [...uids.byUnique.keys()].filter((unique) => !listed.has(unique)),
      );
    }
    return { uids, listed };
  }

  function keep(uids: Uids, listed: ReadonlyMap<string, Place>, marks: string | null): Snapshot {
    const files: MailFile[] = [];
    for (const [unique, uid] of uids.byUnique) {
      const place = listed.get(unique);
      if (place !== undefined) files.push({ uid, unique, place });
    }
    files.sort((a, b) => a.uid - b.uid);
    const snapshot = { validity: uids.validity, next: uids.next, files: files.slice(0, maxMessages) };
    last = marks === null ? null : { snapshot, marks };
    return snapshot;
  }
}

function isComplete(uids: Uids, listed: ReadonlyMap<string, Place>): boolean {
  if (uids.byUnique.size !== listed.size) return false;
  for (const unique of listed.keys()) if (!uids.byUnique.has(unique)) return false;
  return true;
}

/** By what stays the same in their names. null: there is no such folder. */
async function list(path: string): Promise<Map<string, Place> | null> {
  const found = new Map<string, Place>();
  // In this order: what is moved meanwhile is seen twice, and counts where it is now.
  for (const part of parts) {
    for (const name of await namesIn(join(path, part))) {
      // Such a name would not stand on a line.
      if (!/[^\x20-\x7e\x80-\xff]/.test(name)) found.set(uniqueOf(name), { part, name });
    }
  }
  return found.size === 0 && (await orAbsent(stat(path))) === absent ? null : found;
}

/** When something changed last. null: so lately that it may be again without being seen. */
async function marksOf(path: string): Promise<string | null> {
  const stats = await Promise.all(
    ['new', 'cur', 'portico-uids'].map((name) => orAbsent(stat(join(path, name), { bigint: true }))),
  );
  const latest = Date.now() - settledMs;
  const marks = stats.map((found) => (found === absent ? '' : `${found.ino} ${found.mtimeNs} ${found.size}`));
  const isSettled = stats.every((found) => found === absent || Number(found.mtimeMs) < latest);
  return isSettled ? marks.join() : null;
}

function pathOf(path: string, { part, name }: Place): Buffer {
  return Buffer.concat([Buffer.from(`${join(path, part)}/`), Buffer.from(name, 'latin1')]);
}
