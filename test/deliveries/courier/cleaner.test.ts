import fs, { rmSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { FinishedItem } from '../../../src/contract/queue.ts';
import { createCleaner } from '../../../src/deliveries/courier/cleaner.ts';
import { ownMark } from '../../../src/system/process-mark.ts';
import { itemIdOf, scratchSpool } from '../../support/spool.ts';

function setUp(t: Test) {
  const scratch = scratchSpool(t);
  let finished: FinishedItem[] = [];
  const said: string[] = [];
  const cleaner = createCleaner({
    queue: {
      async finished(limit, isHeld = () => false) {
        said.push(`finished ${limit}`);
        return finished.slice(0, limit).filter((item) => !isHeld(item));
      },
      async remove(ids) {
        said.push(`remove ${ids.length} with ${scratch.whole().length} files`);
        finished = finished.filter(({ id }) => !ids.includes(id));
      },
      known: async () => new Set(),
    },
    spool: scratch.spool,
  });
  const finish = (count: number): void => {
    finished = Array.from({ length: count }, (_, at) => ({
      id: itemIdOf(String(at)),
      folder: '1000',
      file: itemIdOf(String(at)),
      isLast: true,
    }));
    for (const { file } of finished) scratch.put(file, 'hello');
  };
  return { ...scratch, cleaner, said, finish, use: (items: FinishedItem[]) => void (finished = items) };
}

t.test('the files go before what is known of them', async (t) => {
  const { cleaner, said, finish, put, whole } = setUp(t);
  finish(2);
  put(itemIdOf('x'), 'not finished');
  await cleaner.clean();
  t.same(said, ['finished 500', 'remove 2 with 1 files']);
  t.same(whole(), [itemIdOf('x')]);
});

t.test('a file that others lie in stays until the last of them has gone', async (t) => {
  const { cleaner, said, put, whole, use } = setUp(t);
  const [a, b] = [itemIdOf('a'), itemIdOf('b')];
  put(a, 'shared');
  use([{ id: b, folder: '1000', file: a, isLast: false }]);
  await cleaner.clean();
  t.same([said.at(-1), whole()], ['remove 1 with 1 files', [a]]);
  use([
    { id: a, folder: '1000', file: a, isLast: true },
    { id: itemIdOf('c'), folder: '1000', file: a, isLast: true },
  ]);
  await cleaner.clean();
  t.same([said.at(-1), whole()], ['remove 2 with 0 files', []]);
});

t.test('many go some at a time', async (t) => {
  const { cleaner, said, finish, whole } = setUp(t);
  finish(501);
  await Promise.all([cleaner.clean(), cleaner.clean()]);
  t.same(said, ['finished 500', 'remove 500 with 1 files', 'finished 500', 'remove 1 with 0 files']);
  t.same(whole(), []);
});

t.test('a file that may still grow stays, with all that is known of it', async (t) => {
  const { cleaner, said, finish, folder, whole } = setUp(t);
  finish(2);
  const [held, other] = [itemIdOf('0'), itemIdOf('1')];
  const name = join(folder, 'tmp', `${held}.${ownMark}`);
  fs.linkSync(join(folder, 'new', held), name);
  await cleaner.clean();
  t.same(said, ['finished 500', 'remove 1 with 1 files']);
  t.same(whole(), [held], `${other} has gone`);
  await cleaner.clean();
  t.same(said.slice(2), ['finished 500']);
  rmSync(name);
  await cleaner.clean();
  t.same([said.at(-1), whole()], ['remove 1 with 0 files', []]);
});

t.test('unless who might have added to it has gone', async (t) => {
  const { cleaner, said, finish, folder, whole, drafts } = setUp(t);
  finish(501);
  // No process has this number: they end at 2^22.
  fs.linkSync(join(folder, 'new', itemIdOf('0')), join(folder, 'tmp', `${itemIdOf('0')}.99999999-1`));
  await cleaner.clean();
  t.same(said, ['finished 500', 'remove 499 with 2 files', 'finished 500', 'remove 2 with 0 files']);
  t.same([whole(), drafts()], [[], []]);
});

// Regression: a copy of the state made of hard links kept all files of the spool for ever.
t.test('a name that it has somewhere else keeps no file', async (t) => {
  const { cleaner, finish, folder, whole } = setUp(t);
  finish(2);
  fs.linkSync(join(folder, 'new', itemIdOf('0')), join(folder, '..', 'backup'));
  await cleaner.clean();
  t.same(whole(), []);
});

t.test('a file that has gone already is no obstacle', async (t) => {
  const { cleaner, said, finish, folder } = setUp(t);
  finish(1);
  rmSync(`${folder}/new/${itemIdOf('0')}`);
  await cleaner.clean();
  t.same(said.at(-1), 'remove 1 with 0 files');
});

t.test('sweeps what the queue does not know', async (t) => {
  const { cleaner, put, whole } = setUp(t);
  put(itemIdOf('x'), 'just now');
  t.equal(await cleaner.sweep(), 0);
  t.same(whole(), [itemIdOf('x')]);
});
