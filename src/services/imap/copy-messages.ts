import { stat } from 'node:fs/promises';

import { lettersIn } from './flags.ts';
import type { Folder } from './folder.ts';
import { newUnique, withSizesOf } from './message-name.ts';
import type { NewFile } from './place-files.ts';
import { formatSet, type SequenceSet } from './sequence-set.ts';
import { nameFrom, overQuota, somethingGone, type Answer, type Visit } from './talk.ts';
import type { Message, View } from './view.ts';

export interface Copy {
  readonly set: SequenceSet;
  readonly mailbox: string;
  readonly isUid: boolean;
  readonly isMove: boolean;
}

/** RFC 9051 6.4.7, 6.4.8: all of them, or none. */
export async function copyMessages(visit: Visit, view: View, { set, mailbox, isUid, isMove }: Copy): Promise<Answer> {
  const { store, out } = visit;
  if (isMove && view.isReadOnly) return 'NO [READ-ONLY] The mailbox is selected for reading only';
  const name = nameFrom(visit, mailbox);
  if (name === null || !(await store.has(name))) return 'NO [TRYCREATE] There is no such mailbox';
  const messages = view.resolve(set, isUid);
  if (messages.length === 0) return 'OK There is nothing to do';
  const target = store.folder(name);
  const given = await store.alone(async () => {
    if (!isMove && !(await fits(visit, view, messages))) return 'no room';
    return place({ view, target, messages, isMove });
  });
  if (given === 'no room') return overQuota;
  if (given === null) return somethingGone;
  const from = formatSet(messages.map(({ uid }) => uid));
  const code = `[COPYUID ${given.validity} ${from} ${formatSet(given.uids)}]`;
  if (!isMove) return `OK ${code} Done`;
  await view.folder.sync();
  out.text(`* OK ${code} Moved\r\n`);
  return 'OK Done';
}

interface Placing {
  readonly view: View;
  readonly target: Folder;
  readonly messages: readonly Message[];
  readonly isMove: boolean;
}

type Given = Awaited<ReturnType<Folder['add']>>;

/** null: some of them are gone. */
async function place({ view, target, messages, isMove }: Placing): Promise<Given | null> {
  const files: NewFile[] = [];
  for (const { file } of messages) {
    const found = await view.folder.withPath(file, async (path) => {
      await stat(path);
      return { path, name: file.place.name };
    });
    if (found === null) return null;
    const unique = withSizesOf(newUnique(), found.name);
    files.push({ from: found.path, isMoved: isMove, unique, letters: lettersIn(found.name) });
  }
  try {
    return await target.add(files);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function fits({ store }: Visit, view: View, messages: readonly Message[]): Promise<boolean> {
  const room = await store.room();
  if (room === null) return true;
  let bytes = 0;
  for (const message of messages) bytes += (await view.sizeOf(message)) ?? 0;
  return bytes <= room;
}
