import { opendir } from 'node:fs/promises';

import type { Entry } from '../contract/tree.ts';
import { entryOf } from './entry.ts';
import type { Held } from './jail.ts';
import { statMany } from './stat-many.ts';
import { hiddenName, isName } from './tree-path.ts';

// Of one read, and then of one round of looks.
const namesAtOnce = 256;

/** What is in a folder that is held, as it is asked for: a hundred thousand entries take no more memory than a few hundred. */
export async function* listFolder(folder: Held): AsyncGenerator<Entry, void> {
  await using dir = await opendir(folder.via, { bufferSize: namesAtOnce });
  let names: string[] = [];
  for (;;) {
    const next = await dir.read();
    // Those that no path can name would only mislead.
    if (next !== null && next.name !== hiddenName && isName(next.name)) names.push(next.name);
    if (next !== null && names.length < namesAtOnce) continue;
    const stats = await statMany(folder.via, names);
    for (const [index, name] of names.entries()) {
      const found = stats[index] ?? null;
      if (found !== null) yield entryOf(name, found);
    }
    if (next === null) return;
    names = [];
  }
}
