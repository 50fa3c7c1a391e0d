import { flagNames } from './flags.ts';
import { sweepDrafts } from './sweep-drafts.ts';
import { nameFrom, noMailbox, showName, type Answer, type Visit } from './talk.ts';
import { openView, type View } from './view.ts';

export interface Select {
  readonly mailbox: string;
  readonly isReadOnly: boolean;
}

/** RFC 9051 6.3.2, 6.3.3. Whatever comes of it, what was selected before is not any more. */
export async function selectMailbox(visit: Visit, { mailbox, isReadOnly }: Select): Promise<Answer> {
  const { out, store, house } = visit;
  if (visit.view !== null) out.text('* OK [CLOSED] Another one was selected\r\n');
  visit.view = null;
  const name = nameFrom(visit, mailbox);
  if (name === null || !(await store.has(name))) return noMailbox;
  const folder = store.folder(name);
  await sweepDrafts(folder.path);
  const snapshot = await folder.look();
  if (snapshot === null) return noMailbox;
  const showsRecent = (): boolean => !visit.isRev2;
  const view = await openView({ name, folder, isReadOnly, snapshot, sizes: house.sizes, showsRecent });
  visit.view = view;
  const lines = [
    `FLAGS (${flagNames.join(' ')})`,
    `OK [PERMANENTFLAGS (${isReadOnly ? '' : flagNames.join(' ')})] These are kept`,
    `${view.messages.length} EXISTS`,
    ...(visit.isRev2 ? [] : oldLines(view)),
    `OK [UIDVALIDITY ${snapshot.validity}] The numbers are good`,
    `OK [UIDNEXT ${snapshot.next}] The next one`,
    // RFC 9051 6.3.2.
    ...(visit.isRev2 ? [`LIST () "." ${showName(visit, name)}`] : []),
  ];
  out.text(lines.map((line) => `* ${line}\r\n`).join(''));
  return `OK [${isReadOnly ? 'READ-ONLY' : 'READ-WRITE'}] Selected`;
}

/** RFC 3501 6.3.1. */
function oldLines({ messages }: View): string[] {
  const unseen = messages.findIndex(({ letters }) => !letters.includes('S'));
  return [
    `${messages.filter(({ isRecent }) => isRecent).length} RECENT`,
    ...(unseen === -1 ? [] : [`OK [UNSEEN ${unseen + 1}] The first that was not read`]),
  ];
}
