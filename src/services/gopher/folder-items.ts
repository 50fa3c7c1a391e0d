import { posix } from 'node:path';

import type { Entry, Tree } from '../../contract/tree.ts';
import { mapName } from './gophermap.ts';
import type { GopherItem } from './item.ts';
import { typeOfFile } from './item-type.ts';
import { maxSelectorLength } from './request.ts';

export const maxItems = 10_000;

/** What is in a folder, folders first. What begins with a dot is not shown, nor what nobody could ask for. */
export async function listFolder(tree: Tree, folder: string): Promise<GopherItem[]> {
  const items: GopherItem[] = [];
  for await (const entry of tree.list(folder)) {
    const selector = posix.join(folder, entry.name);
    if (entry.name.startsWith('.') || entry.name === mapName || selector.length > maxSelectorLength) continue;
    const kind = await kindOf(tree, entry, selector);
    if (kind === 'folder') items.push({ type: '1', name: entry.name, selector });
    else if (kind === 'file') items.push({ type: typeOfFile(entry.name), name: entry.name, selector });
    if (items.length === maxItems) break;
  }
  return items.sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));
}

/** Of what a link leads to; "other" when that is nothing, or outside. */
async function kindOf(tree: Tree, entry: Entry, path: string): Promise<Entry['kind']> {
  if (entry.kind !== 'link') return entry.kind;
  return tree.stat(path).then(
    ({ kind }) => kind,
    () => 'other',
  );
}

function rank({ type }: GopherItem): number {
  return type === '1' ? 0 : 1;
}
