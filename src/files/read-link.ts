import fs from 'node:fs';
import { dirname, resolve } from 'node:path';

import { treeError } from './fault.ts';
import type { Held, Jail } from './jail.ts';
import { below } from './tree-path.ts';

/** Where a link leads, as its owner sees it: absolute ones begin at the root. Those that lead out are not told. */
export function readLinkInside({ root }: Jail, link: Held): string {
  if (!link.stats.isSymbolicLink()) throw treeError('not-file');
  const text = fs.readlinkSync(link.place);
  const leadsTo = resolve(dirname(link.place), text);
  if (leadsTo !== root && !leadsTo.startsWith(below(root, ''))) throw treeError('denied');
  if (!text.startsWith('/')) return text;
  return `/${leadsTo.slice(root.length).replace(/^\//, '')}`;
}
