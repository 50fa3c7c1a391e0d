import fs from 'node:fs';
import { join } from 'node:path';

import { bodyOf, findItem } from './item.ts';

/** What has arrived where things go, by the ids of the items. */
export interface Arrivals {
  /** How often each whole item stands there. */
  readonly counts: ReadonlyMap<string, number>;
  /** Files in which an item is not whole. */
  readonly torn: readonly string[];
}

/** Looks through the folder of the delivery and the mailbox. */
export function readArrivals(folder: string): Arrivals {
  const counts = new Map<string, number>();
  const torn: string[] = [];
  for (const place of ['archive', 'var/mail/alice/new', 'var/mail/alice/cur']) {
    for (const path of filesBelow(join(folder, place))) {
      const item = findItem(fs.readFileSync(path, 'utf8'));
      if (item === null) {
        // Batches of log messages have no items in them.
        if (!path.includes('/archive/syslog/')) torn.push(path);
      } else if (item.isWhole) counts.set(item.id, (counts.get(item.id) ?? 0) + 1);
      else torn.push(path);
    }
  }
  return { counts, torn };
}

/** Whether a file that was put in by FTP or TFTP stands under its name as well, and is whole. */
export function standsInTree(folder: string, id: string): boolean {
  const place = id.startsWith('item-ftp-') ? 'var/home/alice' : id.startsWith('item-tftp-') ? 'boot' : null;
  if (place === null) return true;
  try {
    return fs.readFileSync(join(folder, place, `${id}.txt`), 'utf8') === bodyOf(id);
  } catch {
    return false;
  }
}

function filesBelow(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name));
}
