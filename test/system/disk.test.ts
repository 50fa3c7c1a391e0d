import { existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { NoSpaceError } from '../../src/contract/delivery.ts';
import { createDisk } from '../../src/system/disk.ts';

t.test('the room of a folder is one for all who ask, down to the floor', async (t) => {
  const refused: unknown[] = [];
  const disk = createDisk({
    floor: 100,
    freeBytes: async () => 1_000,
    refused: (...what) => void refused.push(what),
  });
  await disk.space('/a').take(900);
  await t.rejects(disk.space('/a').take(1), NoSpaceError);
  await disk.space('/b').take(900);
  t.same(refused, [['/a', 100]]);
});

t.test('by default the system says what is free', async (t) => {
  const folder = t.testdir({});
  const { bavail, bsize } = statfsSync(folder);
  await createDisk({ floor: 0 }).space(folder).take(1);
  await t.rejects(
    createDisk({ floor: 2 * bavail * bsize })
      .space(folder)
      .take(0),
    NoSpaceError,
  );
});

t.test('folders are made and synced, and a process is alive by its mark', async (t) => {
  const { makeFolders, syncFolder, ownMark, isGone } = createDisk({ floor: 0 });
  const path = join(t.testdir({}), 'a/b');
  await makeFolders(path);
  await syncFolder(path);
  t.ok(existsSync(path));
  t.equal(isGone(ownMark), false);
  t.equal(isGone('4194305-1'), true);
});
