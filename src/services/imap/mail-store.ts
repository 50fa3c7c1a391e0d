import { lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Account } from '../../contract/account.ts';
import { absent, orAbsent, syncFolder } from '../mailbox/maildir-files.ts';
import type { AccountLock } from './account-lock.ts';
import { createFolder, type Folder } from './folder.ts';
import { folderOf, inbox, nameOfFolder, parentsOf, delimiter } from './mailbox-name.ts';
import { newUnique, withSizesOf } from './message-name.ts';
import { measureStore } from './measure-store.ts';
import { readWhole, writeWhole } from './write-whole.ts';

/** The mailboxes of an account: a Maildir, and Maildirs below it (Maildir++). Names are those of `mailbox-name.ts`. */
export interface MailStore {
  /** Sorted. */
  names(): Promise<string[]>;
  has(name: string): Promise<boolean>;
  folder(name: string): Folder;
  /** Runs the task alone, as far as others in this account are concerned. */
  alone<T>(task: () => Promise<T>): Promise<T>;
  create(name: string): Promise<StoreFlaw | null>;
  remove(name: string): Promise<StoreFlaw | null>;
  rename(from: string, to: string): Promise<StoreFlaw | null>;
  subscriptions(): Promise<ReadonlySet<string>>;
  subscribe(name: string, isWanted: boolean): Promise<StoreFlaw | null>;
  /** Bytes that more mail may take; null: no limit. */
  room(): Promise<number | null>;
}

export type StoreFlaw = 'exists' | 'absent' | 'too many' | 'inbox';

export interface MailStoreOptions {
  readonly account: Account;
  /** Of the INBOX. */
  readonly path: string;
  readonly lock: AccountLock;
}

export const maxMailboxes = 5_000;
const folderMode = 0o700;

/** Makes the INBOX when there is none. */
export async function openMailStore({ account, path, lock }: MailStoreOptions): Promise<MailStore> {
  await makeMaildir(path);
  const alone: MailStore['alone'] = (task) => lock.hold(account.name, task);
  const pathOf = (name: string): string => (name === inbox ? path : join(path, folderOf(name)));

  const store: MailStore = {
    async names() {
      const entries = await readdir(path, { withFileTypes: true });
      const names = entries.flatMap((entry) => (entry.isDirectory() ? (nameOfFolder(entry.name) ?? []) : []));
      return [inbox, ...names.sort()];
    },
    async has(name) {
      if (name === inbox) return true;
      const found = await orAbsent(lstat(pathOf(name)));
      return found !== absent && found.isDirectory();
    },
    folder: (name) => createFolder({ path: pathOf(name), alone, newValidity: () => newValidity(path) }),
    alone,
    create: (name) =>
      alone(async () => {
        if (await store.has(name)) return 'exists';
        const names = await store.names();
        // RFC 9051 6.3.4: what it is below of comes with it.
        const wanted = [...parentsOf(name), name].filter((each) => !names.includes(each));
        if (names.length + wanted.length > maxMailboxes) return 'too many';
        for (const each of wanted) await makeMailbox(each);
        return null;
      }),
    async remove(name) {
      if (name === inbox) return 'inbox';
      // Out of sight at once, whatever it takes to remove all of it.
      const rest = join(path, 'tmp', newUnique());
      const flaw = await alone(async () => {
        if (!(await store.has(name))) return 'absent';
        await rename(pathOf(name), rest);
        await syncFolder(path);
        return null;
      });
      if (flaw === null) await rm(rest, { recursive: true, force: true });
      return flaw;
    },
    rename: (from, to) => alone(() => (from === inbox ? moveInbox(to) : renameTree(from, to))),
    async subscriptions() {
      return new Set((await readWhole(subscriptionsFile)).split('\n').flatMap((line) => nameOfLine(line) ?? []));
    },
    subscribe: (name, isWanted) =>
      alone(async () => {
        const names = new Set(await store.subscriptions());
        if (isWanted === names.has(name)) return null;
        if (isWanted && names.size >= maxMailboxes) return 'too many';
        if (isWanted) names.add(name);
        else names.delete(name);
        const lines = [...names].sort().map((each) => `${each === inbox ? inbox : folderOf(each).slice(1)}\n`);
        await writeWhole(subscriptionsFile, lines.join(''));
        return null;
      }),
    room: async () => (account.quota === null ? null : account.quota - (await measureStore(path))),
  };
  const subscriptionsFile = join(path, 'subscriptions');
  return store;

  async function makeMailbox(name: string): Promise<void> {
    // Whole, or not there.
    const fresh = join(path, 'tmp', newUnique());
    await makeMaildir(fresh);
    await writeFile(join(fresh, 'maildirfolder'), '', { mode: 0o600 });
    await syncFolder(fresh);
    await rename(fresh, pathOf(name));
    await syncFolder(path);
  }

  async function renameTree(from: string, to: string): Promise<StoreFlaw | null> {
    const names = await store.names();
    const moved = names.filter((name) => name === from || name.startsWith(`${from}${delimiter}`));
    const target = (name: string): string => `${to}${name.slice(from.length)}`;
    if (moved.length === 0) return 'absent';
    if (to.startsWith(`${from}${delimiter}`) || moved.some((name) => names.includes(target(name)))) return 'exists';
    for (const parent of parentsOf(to)) if (!names.includes(parent)) await makeMailbox(parent);
    for (const name of moved) await rename(pathOf(name), pathOf(target(name)));
    await syncFolder(path);
    return null;
  }

  /** RFC 9051 6.3.6: its messages move, it stays, and so do those below it. */
  async function moveInbox(to: string): Promise<StoreFlaw | null> {
    if (await store.has(to)) return 'exists';
    for (const name of [...parentsOf(to), to]) if (!(await store.has(name))) await makeMailbox(name);
    const snapshot = await createFolder({
      path,
      alone: (task) => task(),
      newValidity: () => newValidity(path),
    }).look();
    const files = (snapshot?.files ?? []).map(({ place: { part, name } }) => ({
      from: Buffer.concat([Buffer.from(`${join(path, part)}/`), Buffer.from(name, 'latin1')]),
      isMoved: true,
      unique: withSizesOf(newUnique(), name),
      letters: /:2,([^:]*)$/.exec(name)?.[1] ?? '',
    }));
    await store.folder(to).add(files);
    return null;
  }
}

async function makeMaildir(path: string): Promise<void> {
  for (const part of ['tmp', 'new', 'cur']) await mkdir(join(path, part), { recursive: true, mode: folderMode });
}

function nameOfLine(line: string): string | null {
  return line === inbox ? inbox : nameOfFolder(`.${line}`);
}

/** A mailbox that is made anew has another one than the one that had its name (RFC 9051 2.3.1.1). */
async function newValidity(path: string): Promise<number> {
  const file = join(path, 'portico-uidvalidity');
  const validity = Math.max(Math.floor(Date.now() / 1000), (Number.parseInt(await readWhole(file), 10) || 0) + 1);
  await writeWhole(file, `${validity}\n`);
  return validity;
}
