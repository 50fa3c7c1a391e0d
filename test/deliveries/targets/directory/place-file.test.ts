import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { placeFile, type Placing } from '../../../../src/deliveries/targets/directory/place-file.ts';

const changed = 86_400_000;

/** A file beside the folder, which is one of the test's own. */
function stage(folder: string, content: string, time = changed) {
  const temporary = join(folder, '..', 'temporary');
  writeFileSync(temporary, content);
  utimesSync(temporary, time / 1000, time / 1000);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { file: { temporary, size: content.length, sha256, changed: time }, folder, name: 'a.txt', id: 'abc' };
}

const noLinks: Placing['makeLink'] = () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }));

for (const [how, makeLink] of [
  ['with links', undefined],
  ['without links', noLinks],
] as const) {
  t.test(`${how}: put once, and beside what is there`, async (t) => {
    const folder = join(t.testdir({ folder: {} }), 'folder');
    const put = async (content: string, time?: number): Promise<void> => {
      const placing = stage(folder, content, time);
      await placeFile({ ...placing, ...(makeLink === undefined ? {} : { makeLink }) });
      t.equal(existsSync(placing.file.temporary), false);
    };
    await put('one');
    await put('one');
    await put('two');
    await put('one', changed + 1);
    t.same(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
      [
        ['a-2.txt', 'two'],
        ['a-3.txt', 'one'],
        ['a.txt', 'one'],
      ],
    );
  });
}

t.test('folders, links and pipes of that name are left alone', async (t) => {
  const folder = join(t.testdir({ folder: { target: 'one' } }), 'folder');
  mkdirSync(join(folder, 'a.txt'));
  symlinkSync('target', join(folder, 'a-2.txt'));
  symlinkSync('nowhere', join(folder, 'a-3.txt'));
  await placeFile(stage(folder, 'one'));
  t.equal(readFileSync(join(folder, 'a-4.txt'), 'utf8'), 'one');
  t.equal(existsSync(join(folder, 'nowhere')), false);
});

t.test('another failure than that is thrown, and the file stays where it is', async (t) => {
  const placing = { ...stage(join(t.testdir({ folder: {} }), 'folder'), 'one'), folder: '/nonexistent' };
  await t.rejects(placeFile(placing), { code: 'ENOENT' });
  t.equal(existsSync(placing.file.temporary), true);
});
