import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { makeFolders, makeFoldersNow } from '../../src/system/make-folders.ts';

const isLinux = process.platform === 'linux';

t.test('makes all that is missing, and says which', async (t) => {
  const folder = t.testdir({ there: {} });
  await makeFolders(join(folder, 'there/a/b'), 0o700);
  await makeFolders(join(folder, 'there/a/b'));
  t.equal(fs.statSync(join(folder, 'there/a')).mode & 0o777, 0o700);

  const made: string[] = [];
  makeFoldersNow(join(folder, 'c/d'), 0o755, (path) => void made.push(path));
  makeFoldersNow(join(folder, 'c/d'), 0o755, (path) => void made.push(path));
  t.same(made, [join(folder, 'c'), join(folder, 'c/d')]);
});

t.test('a file in the way is told', async (t) => {
  const folder = t.testdir({ file: '' });
  await t.rejects(makeFolders(join(folder, 'file')), { code: 'EEXIST' });
  await t.rejects(makeFolders(join(folder, 'file/a/b')), { code: 'ENOTDIR' });
  t.throws(() => makeFoldersNow(join(folder, 'file/a/b'), 0o755), { code: 'ENOTDIR' });
});

// Node's own way goes round for ever there.
t.test('where no folder can be, it comes back and says so', { skip: !isLinux && 'needs /proc' }, async (t) => {
  await t.rejects(makeFolders('/proc/portico/a/b'), { code: 'ENOENT' });
  t.throws(() => makeFoldersNow('/proc/portico/a/b', 0o755), { code: 'ENOENT' });
});
