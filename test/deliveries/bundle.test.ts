import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createBundles, type Place } from '../../src/deliveries/bundle.ts';
import type { SharedPlace } from '../../src/deliveries/shared-file.ts';
import { ownMark } from '../../src/system/process-mark.ts';
import { itemId } from '../../src/wire/item-id.ts';
import { scratchSpool, watchFiles } from '../support/spool.ts';

const longMs = 3_600_000;

function setUp(t: Test, files = watchFiles(), idleMs = longMs) {
  const { folder, drafts, whole } = scratchSpool(t);
  const clock = { now: 1_000 };
  const syncFolder = (): Promise<void> => files.syncFolder(join(folder, 'new'));
  const bundles = createBundles({ files, folder, syncFolder, now: () => clock.now, idleMs });
  const read = ({ file, offset }: Place, length: number): string =>
    fs.readFileSync(join(folder, 'new', file), 'utf8').slice(offset, offset + length);
  const add = (text: string): Promise<SharedPlace> => bundles.add(text === '' ? [] : [Buffer.from(text)]);
  return { add, read, drafts, whole, clock, done: files.done };
}

const steps = (size: number): string[] => ['create tmp', `write ${size}`, 'link', 'sync', 'sync new'];

t.test('what is ready in the same moment lies in one file', async (t) => {
  const { add, read, drafts, whole, done } = setUp(t);
  const [a, b, c] = (await Promise.all(['hello', '', 'world!'].map(add))) as [SharedPlace, SharedPlace, SharedPlace];
  t.match(a.file, itemId);
  t.same(new Set([a.file, b.file, c.file]).size, 1);
  t.same([a.offset, b.offset, c.offset], [0, 5, 5]);
  t.same([read(a, 5), read(c, 6)], ['hello', 'world!']);
  t.same([drafts(), whole()], [[`${a.file}.${ownMark}`], [a.file]]);
  t.same(done.toSorted(), steps(11).toSorted());
});

t.test('what comes soon after is added to it, and costs one write', async (t) => {
  const { add, read, whole, done } = setUp(t);
  await add('hello');
  const [a, b] = await Promise.all([add('a'), add('b')]);
  t.same(whole(), [a.file]);
  t.same([a.offset, b.offset, read(a, 2)], [5, 6, 'ab']);
  t.equal(done.at(-1), 'write 2');
});

t.test('not for longer than a second, and not when nothing comes', async (t) => {
  const { add, whole, clock } = setUp(t);
  await add('a');
  clock.now = 1_999;
  await add('b');
  t.equal(whole().length, 1);
  clock.now = 2_000;
  await add('c');
  t.equal(whole().length, 2);
  clock.now = 500;
  await add('the clock was set back');
  t.equal(whole().length, 3);

  // The file keeps no process alive.
  const alive = setInterval(() => {}, longMs);
  t.teardown(() => clearInterval(alive));
  const closed = Promise.withResolvers<void>();
  const files = watchFiles((step) => void (step === 'remove tmp' && closed.resolve()));
  const idle = setUp(t, files, 1);
  (await idle.add('a')).stay();
  await closed.promise;
  await idle.add('b');
  t.equal(idle.whole().length, 2);
});

t.test('a file goes when nothing in it has come into the queue', async (t) => {
  const { add, whole, drafts } = setUp(t);
  const [a, b] = await Promise.all([add('a'), add('b')]);
  await a?.leave();
  t.equal(whole().length, 1);
  await b?.leave();
  t.same([whole(), drafts()], [[], []]);
  t.match(await add('c'), { offset: 0 });
});

// Regression: where a file has but one name it went with those that the queue knew, while others in it were still on their way.
t.test('where there are no hard links, each has a file of its own', async (t) => {
  const { add, read, whole, drafts, done } = setUp(t, { ...watchFiles(), names: () => 1 });
  const places = await Promise.all(['hello', '', 'world!'].map(add));
  t.equal(new Set(places.map(({ file }) => file)).size, 3);
  t.same([read(places[0] as Place, 5), read(places[2] as Place, 6)], ['hello', 'world!']);
  t.same([whole().length, drafts()], [3, []]);
  const before = done.filter((step) => step === 'create tmp').length;
  await Promise.all([add('a'), add('b')]);
  t.equal(done.filter((step) => step === 'create tmp').length, before + 2, 'that is found out once');
});

t.test('nothing is added to any of these, even if there are links after all', async (t) => {
  let refusals = 1;
  const files = watchFiles((step) => {
    if (step === 'link' && refusals-- > 0) throw Object.assign(new Error('not now'), { code: 'EPERM' });
  });
  const { add, drafts, done } = setUp(t, files);
  const places = await Promise.all([add('a'), add('b')]);
  t.equal(done.filter((step) => step === 'close').length, 3);
  for (const place of places) place.stay();
  while (drafts().length > 0) await new Promise((resolve) => setImmediate(resolve));
});

t.test('there, one that cannot be written is no one’s', async (t) => {
  const files = watchFiles((step) => {
    if (step === 'write 3') throw new Error('the disk is broken');
  });
  const { add, whole, drafts } = setUp(t, { ...files, names: () => 1 });
  await t.rejects(Promise.all([add('hello'), add('bad')]), { message: 'the disk is broken' });
  t.same([whole(), drafts()], [[], []]);
});

t.test('those of one moment have at most two megabytes', async (t) => {
  const { add, whole } = setUp(t);
  const half = 'x'.repeat(1024 ** 2);
  await Promise.all([add(half), add(half)]);
  t.equal(whole().length, 1);
  await Promise.all([add(half), add(half), add('!')]);
  t.equal(whole().length, 3);
});

t.test('one that has 256 KB is full', async (t) => {
  const { add, whole } = setUp(t);
  await add('x'.repeat(256 * 1024 - 1));
  await add('!');
  t.equal(whole().length, 1);
  await add('!');
  t.equal(whole().length, 2);
});

t.test('one that cannot be written is nobody’s, and leaves nothing', async (t) => {
  for (const bad of ['create tmp', 'write 2', 'link', 'sync', 'sync new']) {
    let isBroken = true;
    const files = watchFiles((step) => {
      if (isBroken && step === bad) throw new Error('the disk is broken');
    });
    const { add, drafts, whole } = setUp(t, files);
    for (const each of [add('a'), add('b')]) await t.rejects(each, { message: 'the disk is broken' }, bad);
    t.same([drafts(), whole()], [[], []], bad);
    isBroken = false;
    t.match(await add('c'), { offset: 0 });
  }
});

t.test('a disk that is full fails all that wait for it, and what was there before stays', async (t) => {
  let isFull = false;
  const files = watchFiles((step) => {
    if (isFull && step.startsWith('write')) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
  });
  const { add, read, drafts, whole } = setUp(t, files);
  const before = await add('before');
  isFull = true;
  for (const each of [add('a'), add('b'), add('c')]) await t.rejects(each, { code: 'ENOSPC' });
  before.stay();
  isFull = false;
  const after = await add('after');
  t.not(after.file, before.file, 'nothing is added behind what may be half there');
  t.same([read(before, 6), read(after, 5)], ['before', 'after']);
  t.same([whole().length, drafts()], [2, [`${after.file}.${ownMark}`]]);
});
