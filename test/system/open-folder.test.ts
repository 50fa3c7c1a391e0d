import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { makeOpenFolder } from '../../src/system/open-folder.ts';

const isRoot = process.getuid?.() === 0;

function withUmask(t: Test, mask: number): void {
  const before = process.umask(mask);
  t.teardown(() => process.umask(before));
}

const modeOf = (path: string): number => fs.statSync(path).mode & 0o777;

t.test('makes all that is missing', async (t) => {
  const folder = t.testdir();
  makeOpenFolder(join(folder, 'a/b/c'));
  makeOpenFolder(join(folder, 'a/b/c'));
  t.ok(fs.statSync(join(folder, 'a/b/c')).isDirectory());
});

t.test('what root makes is open, and what there was stays as it was', { skip: !isRoot && 'needs root' }, async (t) => {
  withUmask(t, 0o077);
  const folder = t.testdir({ there: {} });
  fs.chmodSync(join(folder, 'there'), 0o700);
  makeOpenFolder(join(folder, 'there/a/b'));
  t.equal(modeOf(join(folder, 'there')), 0o700);
  t.equal(modeOf(join(folder, 'there/a')), 0o755);
  t.equal(modeOf(join(folder, 'there/a/b')), 0o755);
});

t.test(
  'where no folder can be, the master goes on',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async (t) => {
    t.throws(() => makeOpenFolder('/proc/portico/a'), { code: 'ENOENT' });
  },
);

t.test('a file in its way is told', async (t) => {
  const folder = t.testdir({ file: '' });
  t.throws(() => makeOpenFolder(join(folder, 'file')), { code: 'EEXIST' });
});
