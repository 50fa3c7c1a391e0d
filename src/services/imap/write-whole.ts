import { constants } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

import { absent, orAbsent, syncFolder } from '../mailbox/maildir-files.ts';

const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;

/** Replaces a small file, whole: after a crash it is the old one or the new one. One at a time may do so. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const handle = await open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    await handle.writeFile(text, 'latin1');
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** "" when there is none. */
export async function readWhole(path: string): Promise<string> {
  const text = await orAbsent(readFile(path, 'latin1'));
  return text === absent ? '' : text;
}
