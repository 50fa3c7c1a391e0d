import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { ownMark } from '../../../src/system/process-mark.ts';
import { heldFiles, sweepDrafts, sweepSpool } from '../../../src/deliveries/spool/sweep.ts';
import { itemIdOf, scratchSpool } from '../../support/spool.ts';

// No process has this number: they end at 2^22.
const goneMark = '99999999-1';
const hourMs = 3_600_000;

const putDraft = (folder: string, name: string): void => fs.writeFileSync(join(folder, 'tmp', name), 'half');

function setUp(t: Test) {
  const spool = scratchSpool(t);
  const known = new Set<string>();
  const pages: number[] = [];
  const sweep = (now: number): Promise<number> =>
    sweepSpool({
      spool: spool.spool,
      now,
      async known(ids) {
        pages.push(ids.length);
        return new Set(ids.filter((id) => known.has(id)));
      },
    });
  return { ...spool, known, pages, sweep };
}

t.test('drafts of processes that are gone', async (t) => {
  const { folder, drafts } = scratchSpool(t);
  for (const name of [`a.${goneMark}`, `b.${ownMark}`, 'c', 'd.txt']) putDraft(folder, name);
  t.equal(await sweepDrafts(folder), 1);
  t.same(drafts(), [`b.${ownMark}`, 'c', 'd.txt']);
});

t.test('a whole file that such a process might have added to is no part, and is let go', async (t) => {
  const { folder, drafts, whole, put } = scratchSpool(t);
  const hold = (end: string, mark: string): void => {
    put(itemIdOf(end), 'hello');
    fs.linkSync(join(folder, 'new', itemIdOf(end)), join(folder, 'tmp', `${itemIdOf(end)}.${mark}`));
  };
  hold('a', goneMark);
  hold('b', ownMark);
  putDraft(folder, `c.${goneMark}`);
  t.same([...(await heldFiles(folder))], [itemIdOf('b')]);
  t.same([drafts(), whole()], [[`${itemIdOf('b')}.${ownMark}`], [itemIdOf('a'), itemIdOf('b')]]);
  hold('d', goneMark);
  t.equal(await sweepDrafts(folder), 0);
  t.same(drafts(), [`${itemIdOf('b')}.${ownMark}`]);
});

t.test('where there is no folder there is nothing to do', async (t) => {
  t.equal(await sweepDrafts(join(t.testdir(), 'missing')), 0);
});

t.test('whole files that the queue does not know, an hour after they were written', async (t) => {
  const { put, known, sweep, whole } = setUp(t);
  const [a, b] = [itemIdOf('a'), itemIdOf('b')];
  put(a, 'known');
  put(b, 'orphan');
  known.add(a);
  const written = fs.statSync(join(t.testdirName, 'spool/1000/new', b)).mtimeMs;
  t.equal(await sweep(written + hourMs - 1), 0);
  t.same(whole(), [a, b]);
  t.equal(await sweep(written + hourMs), 1);
  t.same(whole(), [a]);
});

t.test('but not what a worker still adds to, whatever the clock says', async (t) => {
  const { put, sweep, whole, folder } = setUp(t);
  const file = itemIdOf('a');
  put(file, 'held');
  fs.linkSync(join(folder, 'new', file), join(folder, 'tmp', `${file}.${ownMark}`));
  t.equal(await sweep(Date.now() + 2 * hourMs), 0);
  t.same(whole(), [file]);
  fs.rmSync(join(folder, 'tmp', `${file}.${ownMark}`));
  t.equal(await sweep(Date.now() + 2 * hourMs), 1);
});

t.test('in the folders of all users, and in no other', async (t) => {
  const { spool, folder, sweep, drafts } = setUp(t);
  putDraft(folder, `a.${goneMark}`);
  for (const name of ['0', 'lost+found']) {
    fs.mkdirSync(join(spool, name, 'tmp'), { recursive: true });
    putDraft(join(spool, name), `a.${goneMark}`);
  }
  t.equal(await sweep(Date.now()), 2);
  t.same(drafts(), []);
  t.same(fs.readdirSync(join(spool, '0/tmp')), []);
  t.same(fs.readdirSync(join(spool, 'lost+found/tmp')), [`a.${goneMark}`]);
});

t.test('many are looked at some at a time', async (t) => {
  const { put, pages, sweep } = setUp(t);
  for (let at = 0; at < 1_001; at += 1) put(itemIdOf(String(at)), '');
  t.equal(await sweep(Date.now() + 2 * hourMs), 1_001);
  t.same(pages, [500, 500, 1]);
});
