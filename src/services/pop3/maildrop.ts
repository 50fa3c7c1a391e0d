import type { FileHandle } from 'node:fs/promises';

import { inParallel } from '../mailbox/in-parallel.ts';
import type { Maildir, MailFile } from './maildir.ts';
import { octetsInName, uidOf } from '../mailbox/maildir-name.ts';
import type { MessageSizes } from './message-sizes.ts';

/** What a mailbox held when a peer logged in (RFC 1939 4), by number from 1 on. What comes later has no number. */
export interface Maildrop {
  /** Of those that are not marked as deleted. */
  readonly count: number;
  readonly octets: number;
  /** undefined: there is none of this number, or it is marked as deleted. */
  find(number: number): Message | undefined;
  /** Those that are not marked as deleted. */
  messages(): Iterable<Message>;
  /** null: another program has removed it. */
  open(message: Message): Promise<FileHandle | null>;
  markRead(message: Message): void;
  markDeleted(message: Message): void;
  /** Nothing is marked as deleted. */
  reset(): void;
  /** RFC 1939 6: removes what is marked; the rest is no longer new. */
  update(): Promise<Outcome>;
}

export interface Message {
  readonly number: number;
  readonly octets: number;
  readonly uid: string;
}

export interface Outcome {
  /** Messages that could not be removed. */
  readonly left: number;
  /** What went wrong last; null: nothing. */
  readonly error: unknown;
}

interface Entry extends Message {
  readonly file: MailFile;
  isDeleted: boolean;
  isRead: boolean;
}

export interface MaildropOptions {
  readonly maildir: Maildir;
  /** What the mailbox is called among all. */
  readonly name: string;
  readonly sizes: MessageSizes;
}

// A mailbox with more shows the oldest; the next session the next ones.
const maxMessages = 200_000;
// Files at work at once, of one session.
const filesAtOnce = 8;

/** Rejects when the mailbox cannot be read. */
export async function openMaildrop({ maildir, name, sizes }: MaildropOptions): Promise<Maildrop> {
  const files = (await maildir.files()).slice(0, maxMessages);
  const octets = await sizesOf(files);
  const entries: readonly Entry[] = files.map((file, index) => ({
    number: index + 1,
    octets: octets[index] ?? 0,
    uid: uidOf(file.unique),
    file,
    isDeleted: false,
    isRead: false,
  }));
  const total = entries.reduce((sum, entry) => sum + entry.octets, 0);
  let left = { count: entries.length, octets: total };
  const entryOf = ({ number }: Message): Entry => entries[number - 1] as Entry;

  return {
    get count() {
      return left.count;
    },
    get octets() {
      return left.octets;
    },
    find(number) {
      const entry = entries[number - 1];
      return entry?.isDeleted === false ? entry : undefined;
    },
    messages: () => entries.values().filter(({ isDeleted }) => !isDeleted),
    open: (message) => maildir.open(entryOf(message).file),
    markRead: (message) => void (entryOf(message).isRead = true),
    markDeleted(message) {
      const entry = entryOf(message);
      if (entry.isDeleted) return;
      entry.isDeleted = true;
      left = { count: left.count - 1, octets: left.octets - entry.octets };
    },
    reset() {
      for (const entry of entries) entry.isDeleted = false;
      left = { count: entries.length, octets: total };
    },
    update,
  };

  async function update(): Promise<Outcome> {
    const marked = entries.filter(({ isDeleted }) => isDeleted);
    let error: unknown = null;
    let failures = 0;
    await inParallel(marked, filesAtOnce, async ({ file }) => {
      await maildir.remove(file).catch((reason: unknown) => {
        failures += 1;
        error = reason;
      });
    });
    await maildir.sync().catch((reason: unknown) => {
      failures = marked.length;
      error = reason;
    });
    const kept = entries.filter(({ isDeleted }) => !isDeleted);
    await inParallel(kept, filesAtOnce, async ({ file, isRead }) => {
      if (file.place.folder === 'cur' && !isRead) return;
      // It stays as it is: no peer has asked for this.
      await maildir.keep(file, { isSeen: isRead }).catch((reason: unknown) => void (error ??= reason));
    });
    return { left: failures, error };
  }

  async function sizesOf(all: readonly MailFile[]): Promise<number[]> {
    const found = all.map(({ place }) => octetsInName(place.name) ?? 0);
    const unknown = [...all.entries()].filter(([, { place }]) => octetsInName(place.name) === null);
    await inParallel(unknown, filesAtOnce, async ([index, file]) => {
      found[index] = await sizes.of(`${name}/${file.unique}`, () => maildir.open(file));
    });
    return found;
  }
}
