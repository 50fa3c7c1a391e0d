import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createUsage } from '../../src/files/usage.ts';
import { ownMark } from '../../src/system/process-mark.ts';

function setUp(t: Test) {
  const root = t.testdir({
    a: 'x'.repeat(10),
    b: { c: 'x'.repeat(20), d: { e: 'x'.repeat(30) } },
    empty: {},
    link: t.fixture('symlink', 'a'),
    '.portico-incoming': { [`${ownMark}.0123456789abcdef`]: 'x'.repeat(1_000), '1-1.0123456789abcdef': 'x'.repeat(40) },
  });
  let now = 0;
  const usage = createUsage(root, () => now);
  /** Up to how many bytes there is room for below that quota. */
  const left = (quota: number): number => {
    for (let bytes = 0; ; bytes += 1) {
      try {
        usage.reserve(bytes, quota);
        usage.release(bytes);
      } catch {
        return bytes - 1;
      }
    }
  };
  return { root, usage, left, pass: (ms: number) => void (now += ms) };
}

t.test('all files count, and drafts of others; links do not', async (t) => {
  const { usage, left } = setUp(t);
  await usage.refresh();
  t.equal(left(200), 100);
});

t.test('what changes is noted, and counted anew after some seconds', async (t) => {
  const { root, usage, left, pass } = setUp(t);
  await Promise.all([usage.refresh(), usage.refresh()]);
  usage.change(20, 1);
  usage.change(-5, 0);
  t.equal(left(200), 85);
  fs.rmSync(join(root, 'b'), { recursive: true });
  pass(9_999);
  await usage.refresh();
  t.equal(left(200), 85);
  pass(1);
  await usage.refresh();
  t.equal(left(200), 150);
});

t.test('what is reserved is taken from all others', async (t) => {
  const { usage, left } = setUp(t);
  await usage.refresh();
  t.equal(usage.isIdle, true);
  usage.reserve(60, 200);
  t.equal(usage.isIdle, false);
  t.throws(() => usage.reserve(41, 200), { message: 'that is more than the quota allows' });
  usage.reserve(40, 200);
  usage.reserve(1_000, null);
  usage.release(1_040);
  t.equal(left(200), 40);
  usage.release(60);
  t.equal(usage.isIdle, true);
});

t.test('a root that is gone has nothing in it', async (t) => {
  const usage = createUsage(join(t.testdir(), 'no'));
  await usage.refresh();
  usage.reserve(10, 10);
  usage.change(-10, -1);
  t.throws(() => usage.reserve(1, 10));
});

// Regression: what was committed while somebody counted was forgotten by the end of the count.
t.test('what comes during a count stays counted', async (t) => {
  const { usage, left, pass } = setUp(t);
  const counting = usage.refresh();
  usage.change(15, 1);
  usage.change(-7, -1);
  await counting;
  t.equal(left(200), 85, 'what went may still be there');
  pass(10_000);
  await usage.refresh();
  t.equal(left(200), 100);
});

// Regression: folders and empty files cost nothing, and took all inodes of a disk.
t.test('past a thousand files and folders, each counts as 4 KB', async (t) => {
  const usage = createUsage(join(t.testdir(), 'no'));
  await usage.refresh();
  usage.change(0, 1_000);
  usage.reserve(0, 0);
  usage.change(0, 1);
  usage.reserve(0, 4_096);
  t.throws(() => usage.reserve(0, 4_095), { message: 'that is more than the quota allows' });
  usage.change(0, -1);
  usage.reserve(0, 0);
});

// Regression: folders were moved so deep that no path led to them, and what was in them counted as nothing.
t.test('what is too deep to be counted is more than any quota', async (t) => {
  const { root, usage, pass } = setUp(t);
  const name = 'n'.repeat(250);
  const deep = join(root, 'deep', ...Array<string>(12).fill(name));
  const moved = join(root, 'moved', ...Array<string>(6).fill(name));
  for (const folder of [deep, moved]) fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(join(moved, 'large'), 'x'.repeat(1_000));
  await usage.refresh();
  usage.reserve(0, 2_000);
  fs.renameSync(join(root, 'moved'), join(deep, 'moved'));
  pass(10_000);
  await usage.refresh();
  t.throws(() => usage.reserve(0, 1e15), { message: 'that is more than the quota allows' });
  fs.renameSync(join(deep, 'moved'), join(root, 'moved'));
  pass(10_000);
  await usage.refresh();
  usage.reserve(0, 2_000);
});

t.test('so is what somebody has closed', { skip: process.getuid?.() === 0 && 'root may everything' }, async (t) => {
  const { root, usage, pass } = setUp(t);
  for (const mode of [0o000, 0o400]) {
    fs.chmodSync(join(root, 'b'), mode);
    pass(10_000);
    await usage.refresh();
    t.throws(() => usage.reserve(0, 1e15), { message: 'that is more than the quota allows' }, mode.toString(8));
  }
  fs.chmodSync(join(root, 'b'), 0o755);
});
