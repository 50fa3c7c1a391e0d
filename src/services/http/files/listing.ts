import { opendir, stat } from 'node:fs/promises';

import { escapeHtml } from '../errors.ts';

export interface ListingOptions {
  /** Where the folder can be read. */
  readonly folder: string;
  /** What the peer calls it, ending with "/". */
  readonly path: string;
  readonly dotfiles: boolean;
  /** Whether there is anything above it to go to. */
  readonly hasParent: boolean;
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
  readonly modified: Date;
}

// Who has more in one folder does not look for it in a list.
const maxEntries = 5_000;
const atOnce = 32;

/** A page with what is in a folder: folders first, by name. */
export async function renderListing(options: ListingOptions): Promise<string> {
  const { entries, isCut } = await readEntries(options);
  const title = escapeHtml(`Index of ${options.path}`);
  const rows = entries.map(renderRow).join('');
  const parent = options.hasParent ? '<tr><td><a href="../">../</a></td><td></td><td></td></tr>\n' : '';
  const note = isCut ? `<p>Only the first ${maxEntries} entries that were found are listed.</p>\n` : '';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem; }
td, th { padding: 0 1.5rem 0 0; text-align: left; }
td:nth-child(2) { text-align: right; font-variant-numeric: tabular-nums; }
</style>
<h1>${title}</h1>
<table>
<tr><th>Name</th><th>Size</th><th>Modified</th></tr>
${parent}${rows}</table>
${note}</html>
`;
}

async function readEntries({ folder, dotfiles }: ListingOptions): Promise<{ entries: Entry[]; isCut: boolean }> {
  const names: string[] = [];
  let isCut = false;
  for await (const { name } of await opendir(folder)) {
    if ((!dotfiles && name.startsWith('.')) || !isNameable(name)) continue;
    isCut = names.length === maxEntries;
    if (isCut) break;
    names.push(name);
  }
  const entries: Entry[] = [];
  for (let i = 0; i < names.length; i += atOnce) {
    const batch = await Promise.all(names.slice(i, i + atOnce).map((name) => look(folder, name)));
    entries.push(...batch.filter((entry) => entry !== null));
  }
  return { entries: entries.sort(byKindAndName), isCut };
}

/** A name that is not UTF-8 could not be asked for. */
function isNameable(name: string): boolean {
  return !name.includes('\ufffd');
}

/** null: it cannot be served, or is gone. */
async function look(folder: string, name: string): Promise<Entry | null> {
  try {
    const stats = await stat(`${folder}/${name}`);
    if (!stats.isFile() && !stats.isDirectory()) return null;
    return { name, isFolder: stats.isDirectory(), size: stats.size, modified: stats.mtime };
  } catch {
    return null;
  }
}

function byKindAndName(a: Entry, b: Entry): number {
  if (a.isFolder !== b.isFolder) return a.isFolder ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function renderRow({ name, isFolder, size, modified }: Entry): string {
  const slash = isFolder ? '/' : '';
  // "./": a name with a colon in it would be read as a scheme.
  const href = escapeHtml(`./${encodeURIComponent(name)}${slash}`);
  const when = modified.toISOString().slice(0, 16).replace('T', ' ');
  const bytes = isFolder ? '' : formatSize(size);
  return `<tr><td><a href="${href}">${escapeHtml(name)}${slash}</a></td><td>${bytes}</td><td>${when}</td></tr>\n`;
}

/** "512 B", "1.5 KB": powers of 1024, as in the configuration. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
