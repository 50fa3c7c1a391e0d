import { posix } from 'node:path';

import { infoItem, type GopherItem } from './item.ts';

/** A menu as somebody has written it, in the form of Bucktooth and Gophernicus. */
export interface Gophermap {
  readonly items: readonly GopherItem[];
  /** The folder's own files come behind them. */
  readonly hasListing: boolean;
}

export const mapName = 'gophermap';

/** `folder`: where the file is, "/" or "/a/b". */
export function parseGophermap(text: string, folder: string): Gophermap {
  const items: GopherItem[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '.') return { items, hasListing: false };
    if (line === '*') return { items, hasListing: true };
    if (line.startsWith('#')) continue;
    items.push(line.includes('\t') ? linkItem(line, folder) : infoItem(line.startsWith('!') ? line.slice(1) : line));
  }
  // The last line has an end as well.
  if (items.at(-1)?.type === 'i' && items.at(-1)?.name === '') items.pop();
  return { items, hasListing: false };
}

/** TYPE NAME [TAB SELECTOR [TAB HOST [TAB PORT]]]: what is left out is ours. */
function linkItem(line: string, folder: string): GopherItem {
  const [first = '', second = '', host = '', portText = ''] = line.split('\t');
  const [type = 'i', name] = [first[0], first.slice(1)];
  if (type === 'i') return infoItem(name);
  const given = second === '' ? name : second;
  const isOurs = host === '';
  const selector = isOurs && !given.startsWith('/') && !/^[A-Za-z]+:/.test(given) ? posix.join(folder, given) : given;
  if (isOurs) return { type, name, selector };
  const port = Number(portText);
  return { type, name, selector, host, port: Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : 70 };
}
