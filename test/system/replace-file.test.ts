import fs from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { makeFile, replaceFile } from '../../src/system/replace-file.ts';

const isRoot = process.geteuid?.() === 0;
const identityOf = (path: string): string => {
  const { mode, uid, gid } = fs.statSync(path);
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
};

t.test('what is there keeps its mode', async (t) => {
  const folder = t.testdir({ file: 'old' });
  const path = join(folder, 'file');
  fs.chmodSync(path, 0o640);
  const before = fs.statSync(path).ino;
  replaceFile(path, 'new');
  t.equal(fs.readFileSync(path, 'utf8'), 'new');
  t.equal(fs.statSync(path).mode & 0o7777, 0o640);
  t.not(fs.statSync(path).ino, before, 'it is another file');
  t.same(fs.readdirSync(folder), ['file'], 'nothing is left beside it');
});

t.test('what is new is for its owner alone', async (t) => {
  const folder = t.testdir({});
  for (const [name, write] of [
    ['replaced', (path: string) => replaceFile(path, 'new')],
    ['made', makeFile],
  ] as const) {
    const path = join(folder, name);
    write(path);
    t.equal(fs.statSync(path).mode & 0o7777, 0o600, name);
  }
  fs.writeFileSync(join(folder, 'made'), 'kept');
  makeFile(join(folder, 'made'));
  t.equal(fs.readFileSync(join(folder, 'made'), 'utf8'), 'kept');
});

t.test('owners', { skip: isRoot ? false : 'only root can give files away' }, async (t) => {
  const folder = t.testdir({ theirs: 'old' });
  fs.chownSync(folder, 1234, 1235);
  fs.chownSync(join(folder, 'theirs'), 4321, 4322);
  fs.chmodSync(join(folder, 'theirs'), 0o640);
  replaceFile(join(folder, 'theirs'), 'new');
  t.equal(identityOf(join(folder, 'theirs')), '640 4321:4322');
  replaceFile(join(folder, 'new'), 'new');
  t.equal(identityOf(join(folder, 'new')), '600 1234:1235', "the folder's");
  makeFile(join(folder, 'made'));
  t.equal(identityOf(join(folder, 'made')), '600 1234:1235');
});

t.test('a symbolic link stays one', async (t) => {
  const folder = t.testdir({ real: { file: 'old' } });
  for (const [link, target] of [
    ['link', 'real/file'],
    ['dangling', 'real/new'],
  ] as const) {
    fs.symlinkSync(target, join(folder, link));
    if (link === 'dangling') {
      replaceFile(join(folder, link), 'new');
      t.equal(fs.readFileSync(join(folder, link), 'utf8'), 'new', 'and a dangling one becomes a file');
      continue;
    }
    replaceFile(join(folder, link), 'new');
    t.ok(fs.lstatSync(join(folder, link)).isSymbolicLink());
    t.equal(fs.readFileSync(join(folder, target), 'utf8'), 'new');
  }
});

t.test('what fails leaves everything as it was', async (t) => {
  const folder = t.testdir({ folder: { file: 'x' } });
  t.throws(() => replaceFile(join(folder, 'folder'), 'new'), { code: 'EISDIR' });
  t.same(fs.readdirSync(folder), ['folder']);
  t.throws(() => replaceFile(join(folder, 'missing/file'), 'new'), { code: 'ENOENT' });
  t.throws(() => makeFile(join(folder, 'missing/file')), { code: 'ENOENT' });
});
