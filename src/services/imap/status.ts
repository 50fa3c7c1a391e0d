import { lettersIn } from './flags.ts';
import type { StatusItem } from './list-options.ts';
import { octetsInName } from '../mailbox/maildir-name.ts';
import type { Folder, Snapshot } from './folder.ts';
import { openMessageText } from './message-text.ts';
import { showName, type Visit } from './talk.ts';

/** What STATUS tells (RFC 9051 6.3.11), as a line. null: there is no such mailbox. */
export async function statusOf(visit: Visit, name: string, items: readonly StatusItem[]): Promise<string | null> {
  const folder = visit.store.folder(name);
  const snapshot = await folder.look();
  if (snapshot === null) return null;
  const told: string[] = [];
  for (const item of items) told.push(`${item} ${await valueOf(visit, folder, { item, snapshot })}`);
  return `* STATUS ${showName(visit, name)} (${told.join(' ')})\r\n`;
}

interface Asked {
  readonly item: StatusItem;
  readonly snapshot: Snapshot;
}

async function valueOf(visit: Visit, folder: Folder, { item, snapshot }: Asked): Promise<number> {
  const { files, next, validity } = snapshot;
  const countOf = (test: (name: string, part: string) => boolean): number =>
    files.filter(({ place: { name, part } }) => test(name, part)).length;
  switch (item) {
    case 'MESSAGES':
      return files.length;
    case 'UIDNEXT':
      return next;
    case 'UIDVALIDITY':
      return validity;
    case 'UNSEEN':
      return countOf((name) => !lettersIn(name).includes('S'));
    case 'DELETED':
      return countOf((name) => lettersIn(name).includes('T'));
    case 'RECENT':
      return countOf((_, part) => part === 'new');
    case 'SIZE':
      return sizeOf(visit, folder, snapshot);
  }
}

async function sizeOf({ house: { sizes } }: Visit, folder: Folder, { files }: Snapshot): Promise<number> {
  let sum = 0;
  for (const file of files) {
    const key = `${folder.path}/${file.unique}`;
    const known = octetsInName(file.place.name) ?? sizes.get(key);
    if (known !== undefined) {
      sum += known;
      continue;
    }
    const opened = await folder.open(file);
    if (opened === null) continue;
    await using text = await openMessageText({ ...opened, key }, sizes);
    sum += await text.size();
  }
  return sum;
}
