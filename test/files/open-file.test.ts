import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { openFile } from '../../src/files/open-file.ts';
import { createRoots } from '../../src/files/roots.ts';
import { treeError } from '../../src/files/fault.ts';

async function setUp(t: Test, demandWrite: () => void = () => {}) {
  const path = t.testdir({ file: 'hello', folder: {} });
  const root = await createRoots({ floor: 0, descriptors: 2 }).open(path);
  return {
    path,
    open(name: string) {
      using held = root.jail.hold(`/${name}`);
      return openFile(root, { held, name, demandWrite });
    },
  };
}

t.test('what is changed is the file itself, whatever its path leads to', async (t) => {
  const { path, open } = await setUp(t);
  using file = open('file');
  fs.renameSync(join(path, 'file'), join(path, 'other'));
  fs.writeFileSync(join(path, 'file'), 'new');
  fs.appendFileSync(join(path, 'other'), ' world');
  file.setMode(0o4600);
  file.setTimes(null, -1_000);
  t.match(file.entry, { name: 'file', size: 5 });
  t.match(file.stat(), { name: 'file', size: 11, mode: 0o600, modified: -1_000 });
  t.equal(fs.statSync(join(path, 'file')).mode & 0o777, 0o644);
});

t.test('nothing is changed for who may only read', async (t) => {
  const { open } = await setUp(t, () => {
    throw treeError('denied');
  });
  using file = open('file');
  t.throws(() => file.setMode(0), { message: 'that is not allowed' });
  t.throws(() => file.setTimes(0, 0), { message: 'that is not allowed' });
  t.equal(file.stat().mode & 0o777, 0o644);
});

t.test('takes its place until it is closed, and none when it cannot be opened', async (t) => {
  const { open } = await setUp(t);
  t.throws(() => open('folder'), { message: 'that is a folder' });
  const file = open('file');
  t.throws(() => open('file'), { name: 'TemporaryError' });
  file[Symbol.dispose]();
  open('file')[Symbol.dispose]();
});
