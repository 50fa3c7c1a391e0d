import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createJail, lookAt, segmentsBelow } from '../../../../src/services/http/gateway/jail.ts';

t.test('what is inside once links are followed', async (t) => {
  const folder = t.testdir({ root: { file: '', sub: { file: '' } }, 'root-other': { file: '' }, outside: '' });
  const root = join(folder, 'root');
  symlinkSync('sub/file', join(root, 'inside'));
  symlinkSync('../outside', join(root, 'out'));
  symlinkSync('../root-other', join(root, 'folder'));
  symlinkSync('circle', join(root, 'circle'));
  const isInside = createJail(root);
  for (const name of ['file', 'sub/file', 'inside']) t.ok(isInside(join(root, name)), name);
  for (const name of ['out', 'folder/file', 'circle', 'none', '../root-other/file', '.'])
    t.notOk(isInside(join(root, name)), name);
});

t.test('a root that is a link may lead elsewhere later', async (t) => {
  const folder = t.testdir({ one: { file: '' } });
  const root = join(folder, 'current');
  symlinkSync('one', root);
  const isInside = createJail(root);
  t.ok(isInside(join(root, 'file')));
  mkdirSync(join(folder, 'two'));
  writeFileSync(join(folder, 'two/file'), '');
  rmSync(root);
  symlinkSync('two', root);
  t.ok(isInside(join(root, 'file')));
});

t.test('what cannot be looked at is not there', async (t) => {
  const folder = t.testdir({ file: '' });
  t.ok(lookAt(join(folder, 'file'))?.isFile());
  for (const name of ['none', 'file/below', 'x'.repeat(300), 'nul\0']) t.equal(lookAt(join(folder, name)), null);
});

t.test('segments that a file can have', async (t) => {
  t.same(segmentsBelow('a/b'), ['a', 'b']);
  for (const path of ['.a', 'a/.b', '../a', 'a/..', 'a\0b']) t.equal(segmentsBelow(path), null, JSON.stringify(path));
});
