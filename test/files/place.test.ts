import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { fileToReplace, place } from '../../src/files/place.ts';

function setUp(t: Test) {
  const folder = t.testdir({ new: 'new', old: 'old', folder: { inner: '' }, other: { deep: '' } });
  const at = (name: string): string => join(folder, name);
  return { at, read: (name: string) => fs.readFileSync(at(name), 'utf8'), names: () => fs.readdirSync(folder).sort() };
}

const noLinks = (): never => {
  throw Object.assign(new Error('no links here'), { code: 'EPERM' });
};

for (const link of [fs.linkSync, noLinks]) {
  t.test(link === noLinks ? 'where there are no links' : 'by a link', async (t) => {
    t.test('a name that is free', async (t) => {
      const { at, read, names } = setUp(t);
      await place(at('new'), at('free'), false, link);
      t.equal(read('free'), 'new');
      t.same(names(), ['folder', 'free', 'old', 'other']);
    });

    t.test('a name that is taken', async (t) => {
      const { at, read, names } = setUp(t);
      for (const name of ['old', 'folder'])
        await t.rejects(place(at('new'), at(name), false, link), { code: 'EEXIST' });
      t.same([read('new'), read('old')], ['new', 'old']);
      t.same(names(), ['folder', 'new', 'old', 'other']);
    });

    t.test('folders, too', async (t) => {
      const { at, names } = setUp(t);
      await place(at('folder'), at('free'), false, link);
      await t.rejects(place(at('free'), at('other'), false, link), { code: 'EEXIST' });
      t.same(names(), ['free', 'new', 'old', 'other']);
      t.same(fs.readdirSync(at('free')), ['inner']);
    });

    t.test('what does not go leaves nothing', async (t) => {
      const { at, names } = setUp(t);
      await t.rejects(place(at('no'), at('free'), false, link), { code: 'ENOENT' });
      await t.rejects(place(at('folder'), at('folder/inside'), false, link), { code: 'EINVAL' });
      t.same(names(), ['folder', 'new', 'old', 'other']);
      t.same(fs.readdirSync(at('folder')), ['inner']);
    });
  });
}

t.test('over a file, in one step', async (t) => {
  const { at, read } = setUp(t);
  await place(at('new'), at('old'), true);
  t.equal(read('old'), 'new');
});

t.test('what may be replaced', async (t) => {
  const { at } = setUp(t);
  fs.symlinkSync('old', at('link'));
  t.equal(fileToReplace(at('free')), null);
  t.equal(fileToReplace(at('old'))?.size, 3);
  t.throws(() => fileToReplace(at('folder')), { message: 'that is a folder' });
  t.throws(() => fileToReplace(at('link')), { message: 'that is no file' });
  t.throws(() => fileToReplace('/dev/null'), { message: 'that is no file' });
});
