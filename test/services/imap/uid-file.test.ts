import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createUidFile } from '../../../src/services/imap/uid-file.ts';

t.test('numbers go up, and are the same for who reads them later', async (t) => {
  const folder = t.testdir({});
  const file = createUidFile(folder);
  t.equal(await file.read(), null);
  const uids = await file.create(77);
  t.same(await file.add(uids, ['1.a', '2.b']), [1, 2]);
  t.same(await file.add(uids, []), []);
  await file.remove(uids, ['1.a', 'nobody']);
  t.same(await file.add(uids, ['3.c']), [3]);
  t.equal(fs.readFileSync(join(folder, 'portico-uids'), 'utf8'), 'portico-uids 1 77 1\n1 1.a\n2 2.b\n-1\n3 3.c\n');
  const later = await createUidFile(folder).read();
  t.same(later, {
    validity: 77,
    next: 4,
    byUnique: new Map([
      ['2.b', 2],
      ['3.c', 3],
    ]),
    stale: 2,
  });

  await t.test('the largest one gone, it is not given again', async (t) => {
    const file = createUidFile(folder);
    const uids = await file.read();
    if (uids === null) return t.fail('there is a file');
    await file.remove(uids, ['3.c']);
    const again = await createUidFile(folder).read();
    t.equal(again?.next, 4);
  });
});

t.test('what others have changed is seen', async (t) => {
  const folder = t.testdir({});
  const [mine, theirs] = [createUidFile(folder), createUidFile(folder)];
  await mine.add(await mine.create(1), ['1.a']);
  const uids = await theirs.read();
  t.equal(await theirs.read(), uids, 'what has not changed is not read again');
  if (uids !== null) await theirs.add(uids, ['2.b']);
  t.same(
    [...((await mine.read())?.byUnique ?? [])],
    [
      ['1.a', 1],
      ['2.b', 2],
    ],
  );
});

t.test('after a crash', async (t) => {
  const path = (folder: string): string => join(folder, 'portico-uids');
  await t.test('a line that was cut off is none, and the next is whole', async (t) => {
    const folder = t.testdir({ 'portico-uids': 'portico-uids 1 5 1\n1 1.a\n12 2.' });
    const file = createUidFile(folder);
    const uids = await file.read();
    if (uids === null) return t.fail('there is a file');
    t.same([...uids.byUnique], [['1.a', 1]]);
    t.same(await file.add(uids, ['2.b']), [2]);
    t.equal(fs.readFileSync(path(folder), 'utf8'), 'portico-uids 1 5 3\n1 1.a\n2 2.b\n');
  });
  for (const text of ['', 'portico-uids 1 5', 'portico-uids 2 5 1\n', 'x\n']) {
    await t.test(`${JSON.stringify(text)} is none`, async (t) => {
      t.equal(await createUidFile(t.testdir({ 'portico-uids': text })).read(), null);
    });
  }
});

t.test('what is gone is left out when it has become much', async (t) => {
  const folder = t.testdir({});
  const file = createUidFile(folder);
  const uids = await file.create(1);
  const names = Array.from({ length: 1_001 }, (_, index) => `${index}.x`);
  await file.add(uids, names);
  await file.remove(uids, names);
  t.equal(uids.stale, 2_002);
  t.same(await file.add(uids, ['new']), [1_002]);
  t.equal(fs.readFileSync(join(folder, 'portico-uids'), 'utf8'), 'portico-uids 1 1 1003\n1002 new\n');
});
