import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { entryOf, kindOf } from '../../src/files/entry.ts';

t.test('what peers may know of a file', async (t) => {
  const folder = t.testdir({ file: 'hello' });
  const path = join(folder, 'file');
  fs.chmodSync(path, 0o640);
  fs.utimesSync(path, 1_000.5, 2_000.25);
  const stats = fs.statSync(path);
  t.same(entryOf('file', stats), {
    name: 'file',
    kind: 'file',
    size: 5,
    modified: 2_000_250,
    accessed: 1_000_500,
    mode: 0o640,
    uid: stats.uid,
    gid: stats.gid,
    links: 1,
    unique: `${stats.dev}:${stats.ino}`,
  });
  t.equal(entryOf('', fs.statSync(folder)).name, '/');
});

t.test('kinds', async (t) => {
  const folder = t.testdir({ file: '', link: t.fixture('symlink', 'file') });
  t.equal(kindOf(fs.lstatSync(folder)), 'folder');
  t.equal(kindOf(fs.lstatSync(join(folder, 'file'))), 'file');
  t.equal(kindOf(fs.lstatSync(join(folder, 'link'))), 'link');
  t.equal(kindOf(fs.lstatSync('/dev/null')), 'other');
});
