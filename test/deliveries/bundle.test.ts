import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createBundles, type BundlePlace, type Place } from '../../src/deliveries/bundle.ts';
import { itemId } from '../../src/wire/item-id.ts';
import { scratchSpool, watchFiles } from '../support/spool.ts';

function setUp(t: Test, files = watchFiles()) {
  const { folder, drafts, whole } = scratchSpool(t);
  const syncFolder = (): Promise<void> => files.syncFolder(join(folder, 'new'));
  const bundles = createBundles({ files, folder, syncFolder, now: () => 1_000 });
  const read = ({ file, offset }: Place, length: number): string =>
    fs.readFileSync(join(folder, 'new', file), 'utf8').slice(offset, offset + length);
  const add = (text: string): Promise<BundlePlace> => bundles.add(text === '' ? [] : [Buffer.from(text)]);
  return { add, read, drafts, whole, done: files.done };
}

const steps = (size: number): string[] => ['create tmp', `write ${size}`, 'sync', 'close', 'rename', 'sync new'];

t.test('what is ready in the same moment lies in one file', async (t) => {
  const { add, read, drafts, whole, done } = setUp(t);
  const [a, b, c] = (await Promise.all(['hello', '', 'world!'].map(add))) as [BundlePlace, BundlePlace, BundlePlace];
  t.match(a.file, itemId);
  t.same(new Set([a.file, b.file, c.file]).size, 1);
  t.same([a.offset, b.offset, c.offset], [0, 5, 5]);
  t.same([read(a, 5), read(c, 6)], ['hello', 'world!']);
  t.same([drafts(), whole(), done], [[], [a.file], steps(11)]);
});

t.test('what comes later, in the next', async (t) => {
  const { add, whole, done } = setUp(t);
  await add('hello');
  await Promise.all([add('a'), add('b')]);
  t.equal(whole().length, 2);
  t.same(done, [...steps(5), ...steps(2)]);
});

t.test('a file goes when nothing in it has come into the queue', async (t) => {
  const { add, whole } = setUp(t);
  const [a, b] = await Promise.all([add('a'), add('b')]);
  await a?.leave();
  t.equal(whole().length, 1);
  await b?.leave();
  t.same(whole(), []);
});

t.test('one has at most two megabytes', async (t) => {
  const { add, whole } = setUp(t);
  const half = 'x'.repeat(1024 ** 2);
  await Promise.all([add(half), add(half), add('!')]);
  t.equal(whole().length, 2);
});

t.test('one that cannot be written is nobody’s, and leaves nothing', async (t) => {
  for (const bad of ['create tmp', 'write 2', 'sync', 'rename', 'sync new']) {
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
