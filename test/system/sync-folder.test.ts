import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { syncFolder, syncFolderNow } from '../../src/system/sync-folder.ts';

const countDescriptors = (): number => readdirSync('/proc/self/fd').length;

t.test('a folder is synced, and let go of', { skip: process.platform !== 'linux' }, async (t) => {
  const folder = t.testdir({ file: 'x' });
  // What opens something for the first time keeps it.
  await syncFolder(folder);
  const before = countDescriptors();
  await syncFolder(folder);
  syncFolderNow(folder);
  t.equal(countDescriptors(), before);
});

t.test('one that is not there is an error', async (t) => {
  const folder = join(t.testdir(), 'gone');
  await t.rejects(syncFolder(folder), { code: 'ENOENT' });
  t.throws(() => syncFolderNow(folder), { code: 'ENOENT' });
});
