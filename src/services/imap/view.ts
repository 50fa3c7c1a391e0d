import { inParallel } from '../mailbox/in-parallel.ts';
import { octetsInName } from '../mailbox/maildir-name.ts';
import { Flaw } from './cursor.ts';
import { scanEntities } from './scan-entities.ts';
import type { Entity } from './entity.ts';
import { lettersIn, namesOf } from './flags.ts';
import type { Folder, MailFile, Snapshot } from './folder.ts';
import { openMessageText, type KnownSizes, type MessageText } from './message-text.ts';
import { normalizeSet, type SequenceSet } from './sequence-set.ts';

/** A selected mailbox, as its peer knows it: what changes in the folder is known only when the peer has been told. */
export interface View {
  readonly name: string;
  readonly folder: Folder;
  readonly isReadOnly: boolean;
  readonly validity: number;
  /** By sequence number, from 1 on. Those that are gone stay until the peer has been told. */
  readonly messages: readonly Message[];
  /** UIDs that the last SEARCH has saved (RFC 9051 6.4.4.1). */
  saved: readonly number[];
  /** Looks, and gives what is to be told. `mayExpunge`: numbers may change (RFC 9051 7.5.1). */
  refresh(how: { readonly mayExpunge: boolean }): Promise<string>;
  /** Ascending. Throws a Flaw for sequence numbers that nobody has; UIDs that nobody has are passed over. */
  resolve(set: SequenceSet, isUid: boolean): Message[];
  sequenceOf(message: Message): number;
  /** As FLAGS shows them. */
  flagsOf(message: Message): string;
  /** null: it is gone. */
  openText(message: Message): Promise<MessageText | null>;
  entityOf(message: Message, text: MessageText): Promise<Entity>;
  /** In octets; null: it is gone. */
  sizeOf(message: Message): Promise<number | null>;
  /** Milliseconds since 1970. */
  timeOf(message: Message): Promise<number | null>;
}

export interface Message {
  readonly uid: number;
  file: MailFile;
  /** As the peer knows them. */
  letters: string;
  isRecent: boolean;
  isGone: boolean;
  time: number | null;
}

export interface ViewOptions {
  readonly name: string;
  readonly folder: Folder;
  readonly isReadOnly: boolean;
  readonly snapshot: Snapshot;
  readonly sizes: KnownSizes;
  /** Whether the peer knows of \Recent: IMAP4rev2 does not (RFC 9051 A). */
  showsRecent(): boolean;
}

const filesAtOnce = 8;
const maxEntities = 8;

export async function openView(options: ViewOptions): Promise<View> {
  const { name, folder, isReadOnly, sizes, showsRecent } = options;
  const { validity } = options.snapshot;
  let messages: Message[] = [];
  let last: Snapshot | null = null;
  let hasGone = false;
  const entities = new Map<number, Entity>();

  const view: View = {
    name,
    folder,
    isReadOnly,
    validity,
    get messages() {
      return messages;
    },
    saved: [],
    async refresh({ mayExpunge }) {
      const found = await folder.look();
      let told = '';
      if (found === null || found !== last) {
        last = found;
        // Another mailbox of the same name is not this one.
        told = await merge(found === null || found.validity !== validity ? [] : found.files);
      }
      // Numbers in what is told count those that are gone.
      return told + (mayExpunge && hasGone ? expunge() : '');
    },
    resolve(set, isUid) {
      const numbers = set === '$' ? view.saved.map((uid) => ({ from: uid, to: uid })) : set;
      const byUid = isUid || set === '$';
      const largest = byUid ? (messages.at(-1)?.uid ?? 0) : messages.length;
      const ranges = normalizeSet(numbers, largest);
      if (!byUid && (ranges.at(-1)?.to ?? 0) > messages.length) throw new Flaw('There is no such message');
      return ranges.flatMap(({ from, to }) =>
        byUid ? messages.slice(indexFrom(from), indexFrom(to + 1)) : messages.slice(Math.max(from - 1, 0), to),
      );
    },
    sequenceOf: ({ uid }) => indexFrom(uid) + 1,
    flagsOf({ letters, isRecent }) {
      const recent = isRecent && showsRecent() ? ['\\Recent'] : [];
      return `(${[...namesOf(letters), ...recent].join(' ')})`;
    },
    async openText({ file }) {
      const opened = await folder.open(file);
      return opened === null ? null : openMessageText({ ...opened, key: `${folder.path}/${file.unique}` }, sizes);
    },
    async entityOf({ uid }, text) {
      const known = entities.get(uid);
      if (known !== undefined) return known;
      const entity = await scanEntities(text);
      const [oldest] = entities.keys();
      if (entities.size >= maxEntities && oldest !== undefined) entities.delete(oldest);
      entities.set(uid, entity);
      return entity;
    },
    async sizeOf(message) {
      const known = octetsInName(message.file.place.name) ?? sizes.get(`${folder.path}/${message.file.unique}`);
      if (known !== undefined) return known;
      await using text = await view.openText(message);
      return (await text?.size()) ?? null;
    },
    async timeOf(message) {
      message.time ??= await folder.timeOf(message.file);
      return message.time;
    },
  };
  await merge(options.snapshot.files);
  last = options.snapshot;
  return view;

  /** Where the message with this UID is or would be. */
  function indexFrom(uid: number): number {
    let [low, high] = [0, messages.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((messages[middle]?.uid ?? 0) < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async function merge(files: readonly MailFile[]): Promise<string> {
    const latest = messages.at(-1)?.uid ?? 0;
    const known = new Map(files.map((file) => [file.uid, file]));
    let changes = '';
    hasGone = false;
    messages.forEach((message, index) => {
      const file = known.get(message.uid);
      message.isGone = file === undefined;
      hasGone ||= message.isGone;
      if (file === undefined) return;
      message.file = file;
      const letters = lettersIn(file.place.name);
      if (letters === message.letters) return;
      message.letters = letters;
      changes += `* ${index + 1} FETCH (UID ${message.uid} FLAGS ${view.flagsOf(message)})\r\n`;
    });
    const fresh = files.filter(({ uid }) => uid > latest).map(messageOf);
    if (fresh.length === 0) return changes;
    messages = messages.concat(fresh);
    if (!isReadOnly) await settle(fresh);
    return showCount() + changes;
  }

  function messageOf(file: MailFile): Message {
    const { part, name } = file.place;
    return { uid: file.uid, file, letters: lettersIn(name), isRecent: part === 'new', isGone: false, time: null };
  }

  /** Whoever reads mail has seen that it is there. */
  async function settle(fresh: readonly Message[]): Promise<void> {
    const recent = fresh.filter(({ isRecent }) => isRecent);
    await inParallel(recent, filesAtOnce, async ({ file }) => {
      await folder.setLetters(file, (letters) => letters);
    });
  }

  function showCount(): string {
    const recent = showsRecent() ? `* ${messages.filter(({ isRecent }) => isRecent).length} RECENT\r\n` : '';
    return `* ${messages.length} EXISTS\r\n${recent}`;
  }

  function expunge(): string {
    let told = '';
    for (let index = messages.length - 1; index >= 0; index -= 1) {
      if (messages[index]?.isGone === true) told += `* ${index + 1} EXPUNGE\r\n`;
    }
    messages = messages.filter(({ isGone }) => !isGone);
    hasGone = false;
    return told;
  }
}
