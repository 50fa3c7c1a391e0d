import t from 'tap';

import { createFolderSync } from '../../src/deliveries/folder-sync.ts';

t.test('once for all who wait just then, each folder for itself', async (t) => {
  const said: string[] = [];
  const sync = createFolderSync(async (path) => void said.push(path));
  await Promise.all([sync('/a'), sync('/b'), sync('/a'), sync('/a')]);
  t.same(said.sort(), ['/a', '/b']);
  await sync('/a');
  t.same(said, ['/a', '/b', '/a']);
});

t.test('a sync that is under way is too early for who comes then', async (t) => {
  const first = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  let count = 0;
  const sync = createFolderSync(async () => {
    count += 1;
    began.resolve();
    if (count === 1) await first.promise;
  });
  const one = sync('/a');
  await began.promise;
  const others = [sync('/a'), sync('/a')];
  first.resolve();
  await Promise.all([one, ...others]);
  t.equal(count, 2);
});

t.test('one that fails, fails for all of them', async (t) => {
  let isFull = true;
  const sync = createFolderSync(async () => {
    if (isFull) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
  });
  for (const each of [sync('/a'), sync('/a')]) await t.rejects(each, { code: 'ENOSPC' });
  isFull = false;
  await sync('/a');
});

t.test('a folder that is not there', async (t) => {
  await t.rejects(createFolderSync()('/nonexistent'), { code: 'ENOENT' });
});
