import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { absent, namesIn, orAbsent } from '../mailbox/maildir-files.ts';

/** What all mail in a Maildir and its folders takes, in bytes. */
export async function measureStore(path: string): Promise<number> {
  const inside = await readdir(path, { withFileTypes: true });
  const folders = inside.filter((entry) => entry.isDirectory() && entry.name.startsWith('.')).map(({ name }) => name);
  let sum = 0;
  for (const folder of ['', ...folders]) {
    for (const part of ['new', 'cur']) sum += await measureFiles(join(path, folder, part));
  }
  return sum;
}

async function measureFiles(path: string): Promise<number> {
  let sum = 0;
  for (const name of await namesIn(path)) sum += bytesInName(name) ?? (await bytesOf(path, name));
  return sum;
}

/** Maildir++: the size stands in the name. */
function bytesInName(name: string): number | null {
  const [, bytes] = /,S=(\d{1,15})(?=[,:]|$)/.exec(name) ?? [];
  return bytes === undefined ? null : Number(bytes);
}

async function bytesOf(path: string, name: string): Promise<number> {
  const found = await orAbsent(stat(Buffer.concat([Buffer.from(`${path}/`), Buffer.from(name, 'latin1')])));
  return found === absent ? 0 : found.size;
}
