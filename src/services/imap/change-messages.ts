import { inParallel } from '../mailbox/in-parallel.ts';
import { changeLetters } from './flags.ts';
import type { Store } from './grammar.ts';
import type { SequenceSet } from './sequence-set.ts';
import { done, somethingGone, type Answer, type Visit } from './talk.ts';
import type { Message, View } from './view.ts';

const filesAtOnce = 8;
const readOnly = 'NO [READ-ONLY] The mailbox is selected for reading only';

export interface StoreFlags {
  readonly set: SequenceSet;
  readonly store: Store;
  readonly isUid: boolean;
}

/** RFC 9051 6.4.6. The flags are in the names of the files. */
export async function storeFlags({ out }: Visit, view: View, { set, store, isUid }: StoreFlags): Promise<Answer> {
  if (view.isReadOnly) return readOnly;
  const { change, letters, isSilent } = store;
  const messages = view.resolve(set, isUid);
  let isComplete = true;
  await inParallel(messages, filesAtOnce, async (message) => {
    const after = await view.folder.setLetters(message.file, (before) => changeLetters(before, change, letters));
    if (after === null) isComplete = false;
    else message.letters = after;
  });
  if (!isSilent) {
    for (const message of messages) {
      const uid = isUid ? `UID ${message.uid} ` : '';
      out.text(`* ${view.sequenceOf(message)} FETCH (${uid}FLAGS ${view.flagsOf(message)})\r\n`);
    }
  }
  return isComplete ? done : somethingGone;
}

/** RFC 9051 6.4.3, 6.4.9: those that are marked as deleted, and of these only the ones in the set. */
export async function expunge(view: View, set: SequenceSet | null): Promise<Answer> {
  if (view.isReadOnly) return readOnly;
  const among = set === null ? view.messages : view.resolve(set, true);
  await removeMessages(
    view,
    among.filter(({ letters }) => letters.includes('T')),
  );
  return done;
}

async function removeMessages(view: View, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  await inParallel(messages, filesAtOnce, ({ file }) => view.folder.remove(file));
  await view.folder.sync();
}
