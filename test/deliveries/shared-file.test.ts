import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createSharedFile, NoLinksError, type SharedPlace } from '../../src/deliveries/shared-file.ts';
import { ownMark } from '../../src/system/process-mark.ts';
import { itemIdOf, scratchSpool, watchFiles } from '../support/spool.ts';

const file = itemIdOf('a');

function setUp(t: Test, files = watchFiles()) {
  const { folder, drafts, whole, read } = scratchSpool(t);
  const shared = createSharedFile({
    files,
    folder,
    file,
    syncFolder: () => files.syncFolder(join(folder, 'new')),
  });
  const add = async (...texts: string[]): Promise<SharedPlace[]> => [
    ...(await shared.add(texts.map((text) => [Buffer.from(text)]))),
  ];
  const names = (): [string[], string[]] => [drafts(), whole()];
  return { shared, add, names, read, folder, done: files.done };
}

const held: [string[], string[]] = [[`${file}.${ownMark}`], [file]];
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

t.test('it is held until it is over and nobody waits for the queue', async (t) => {
  const { shared, add, names, read, done } = setUp(t);
  const [a, b] = (await add('hel', 'lo')) as [SharedPlace, SharedPlace];
  a.stay();
  shared.end();
  await turns();
  t.same(names(), held);
  b.stay();
  // Its own file system answers in its own time.
  while (names()[0].length > 0) await turns();
  t.same(names(), [[], [file]]);
  t.equal(read(file), 'hello');
  t.same(done.at(-1), 'remove tmp');
});

t.test('it is held as long as it may grow', async (t) => {
  const { shared, add, names } = setUp(t);
  const [a] = await add('a');
  a?.stay();
  const [b] = await add('b');
  await b?.leave();
  t.same(names(), held);
  t.equal(shared.isOver, false);
  shared.end();
  while (names()[0].length > 0) await turns();
  t.same(names(), [[], [file]]);
});

t.test('of things that come while one leaves, none is lost', async (t) => {
  const writing = Promise.withResolvers<void>();
  const writes = Promise.withResolvers<void>();
  const files = watchFiles((step) => {
    if (step !== 'write 1') return;
    writing.resolve();
    return writes.promise;
  });
  const { shared, add, names, read } = setUp(t, files);
  const [first] = await add('hello');
  const second = add('!');
  await writing.promise;
  await first?.leave();
  t.same([shared.isOver, names()], [false, held]);
  writes.resolve();
  const [place] = await second;
  place?.stay();
  shared.end();
  while (names()[0].length > 0) await turns();
  t.same([place?.offset, read(file)], [5, 'hello!']);
});

t.test('when one cannot be added, those before stay', async (t) => {
  const files = watchFiles((step) => {
    if (step === 'write 3') throw new Error('the disk is broken');
  });
  const { shared, add, names, read } = setUp(t, files);
  const [a] = await add('hello');
  await t.rejects(add('bad'), { message: 'the disk is broken' });
  t.same([shared.isOver, names()], [true, held]);
  a?.stay();
  while (names()[0].length > 0) await turns();
  t.equal(read(file).slice(0, 5), 'hello');
});

t.test('where there are no hard links, it does not grow', async (t) => {
  for (const code of ['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS']) {
    const files = watchFiles((step) => {
      if (step === 'link') throw Object.assign(new Error('no links here'), { code });
    });
    const { shared, add, names, done } = setUp(t, files);
    const [a] = await add('hello');
    t.same([shared.isOver, names()], [true, [[], [file]]]);
    t.same(done.slice(0, 3), ['create tmp', 'write 5', 'rename']);
    t.ok(done.includes('sync') && done.includes('sync new'));
    await a?.leave();
    t.same(names(), [[], []]);
  }
});

t.test('nor where nobody could see them', async (t) => {
  const { add, names } = setUp(t, { ...watchFiles(), names: () => 1 });
  const [a] = await add('hello');
  t.same(names(), [[], [file]]);
  t.equal(a?.isThere(), true);
});

t.test('nor does it take two things there', async (t) => {
  const { shared, add, names } = setUp(t, { ...watchFiles(), names: () => 1 });
  await t.rejects(add('hel', 'lo'), NoLinksError);
  t.same([shared.isOver, names()], [true, [[], []]]);
});

t.test('it tells that somebody has removed it, as long as nobody may', async (t) => {
  const { shared, add, folder } = setUp(t);
  const [a, b] = (await add('hel', 'lo')) as [SharedPlace, SharedPlace];
  t.equal(a.isThere(), true);
  fs.rmSync(join(folder, 'new', file));
  t.equal(a.isThere(), false);
  shared.end();
  a.stay();
  t.equal(b.isThere(), false);
});

t.test('what cannot be closed is on the disk all the same', async (t) => {
  const files = watchFiles();
  const create: typeof files.create = async (...given) => {
    const handle = await files.create(...given);
    const close = (): void => {
      handle.close();
      throw new Error('the disk is broken');
    };
    return { ...handle, close };
  };
  const { shared, add, names } = setUp(t, { ...files, create });
  const [a] = await add('hello');
  shared.end();
  a?.stay();
  while (names()[0].length > 0) await turns();
  t.same(names(), [[], [file]]);
});
