import type { Entry } from '../../../contract/tree.ts';
import { fitsWildcards } from '../../../wire/wildcards.ts';
import { isFault } from '../files/fault-reply.ts';
import type { Files } from '../files/files.ts';
import { joinPath, splitPath } from '../files/resolve-path.ts';

/** What a listing is of. */
export interface Listed {
  /** What stands in front of each name where paths are wanted: "" or "sub/". */
  readonly prefix: string;
  readonly entries: AsyncIterable<Entry> | Iterable<Entry>;
}

export interface Listing {
  /** As the peer has written it; "" for the folder where it is. */
  readonly written: string;
  /** The same, absolute. */
  readonly path: string;
  /** The folder itself, not what is in it. */
  readonly isEntryWanted: boolean;
}

/** Finds what LIST and its like are about: a folder, one file, or those whose names fit a pattern ("*.txt"). */
export async function findListed(files: Files, { written, path, isEntryWanted }: Listing): Promise<Listed> {
  const { folder, name } = splitPath(path);
  const entry = await files.stat(path).catch((error: unknown) => {
    if (isFault(error, 'missing') && /[*?]/.test(name)) return null;
    throw error;
  });
  const above = written.slice(0, written.search(/[^/\\]*[/\\]*$/));
  if (entry === null) {
    await openFolder(files, folder);
    return { prefix: above, entries: sorted(fitting(resolved(files, folder), name)) };
  }
  if (entry.kind !== 'folder' || isEntryWanted) return { prefix: above, entries: [entry] };
  const prefix = written === '' || /^\.?$/.test(written) ? '' : `${written.replace(/[/\\]+$/, '')}/`;
  return { prefix, entries: sorted(resolved(files, path)) };
}

/** Fails where the listing would, as long as the peer can still be told by a reply. */
async function openFolder(files: Files, path: string): Promise<void> {
  const entries = files.list(path)[Symbol.asyncIterator]();
  await entries.next();
  await entries.return?.();
}

/** Links as what they lead to, as far as they lead anywhere. */
async function* resolved(files: Files, folder: string): AsyncGenerator<Entry, void, void> {
  for await (const entry of files.list(folder)) {
    yield entry.kind === 'link' ? await resolve(files, folder, entry) : entry;
  }
}

async function resolve(files: Files, folder: string, link: Entry): Promise<Entry> {
  try {
    return { ...(await files.stat(joinPath(folder, link.name))), name: link.name };
  } catch {
    return { ...link, size: 0 };
  }
}

async function* fitting(entries: AsyncIterable<Entry>, pattern: string): AsyncGenerator<Entry, void, void> {
  for await (const entry of entries) if (fitsWildcards(pattern, entry.name)) yield entry;
}

// While a peer does not take them, these are kept.
const mostSorted = 1000;

/** By name where there are few enough; larger folders go out as they are read. */
async function* sorted(entries: AsyncIterable<Entry>): AsyncGenerator<Entry, void, void> {
  const first: Entry[] = [];
  let isTooMany = false;
  for await (const entry of entries) {
    if (!isTooMany && first.push(entry) <= mostSorted) continue;
    if (isTooMany) yield entry;
    else yield* drained(first);
    isTooMany = true;
  }
  yield* drained(first.sort(byName));
}

/** Each is let go of before the next is asked for: the peer may take its time. */
function* drained(entries: Entry[]): Generator<Entry, void, void> {
  entries.reverse();
  for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) yield entry;
}

function byName(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
