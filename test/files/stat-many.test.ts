import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { statMany } from '../../src/files/stat-many.ts';

t.test('each in its place, and null for those that are gone', async (t) => {
  const folder = t.testdir({ link: t.fixture('symlink', 'nowhere') });
  const names = Array.from({ length: 100 }, (_, index) => `${index}`);
  for (const name of names) fs.writeFileSync(join(folder, name), 'x'.repeat(Number(name)));
  const stats = await statMany(folder, [...names, 'link', 'gone', 'x'.repeat(300)]);
  t.same(
    stats.slice(0, 100).map((found) => found?.size),
    names.map(Number),
  );
  t.equal(stats[100]?.isSymbolicLink(), true);
  t.same(stats.slice(101), [null, null]);
  t.same(await statMany(folder, []), []);
});

t.test('a disk that is slow keeps nobody else waiting, and is asked all the same', async (t) => {
  const folder = t.testdir({ a: 'x', b: 'xy' });
  const names = Array.from({ length: 40 }, () => ['a', 'b', 'c']).flat();
  // Each look at the time is one second later.
  let now = 0;
  const stats = await statMany(folder, names, () => (now += 1_000));
  t.same(
    stats.slice(0, 3).map((found) => found?.size),
    [1, 2, undefined],
  );
  t.same(
    stats.slice(-3).map((found) => found?.size),
    [1, 2, undefined],
  );
  t.equal(stats.length, 120);
});
