import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import t, { type Test } from 'tap';

import { createFileWatch } from '../../src/master/file-watch.ts';

interface Watch {
  changed(): Promise<void>;
  count(): number;
  readonly failures: string[];
}

function watch(t: Test, files: readonly string[]): Watch {
  let [seen, taken] = [0, 0];
  let wake = Promise.withResolvers<void>();
  const failures: string[] = [];
  const watching = createFileWatch(files, {
    changed() {
      seen += 1;
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
    failed: (reason) => void failures.push(reason),
  });
  t.teardown(() => watching.close());
  return {
    async changed() {
      while (seen === taken) await wake.promise;
      taken = seen;
    },
    count: () => seen,
    failures,
  };
}

// The watchers do not keep the process running, so the waiting tests have to.
const running = setInterval(() => {}, 60_000);
t.teardown(() => clearInterval(running));

t.test('tells of a file that is written, replaced, gone, back, or to be read by others', async (t) => {
  const folder = t.testdir({ a: 'one' });
  const file = join(folder, 'a');
  const { changed } = watch(t, [file]);
  writeFileSync(file, 'two');
  await changed();
  writeFileSync(join(folder, 'new'), 'three');
  renameSync(join(folder, 'new'), file);
  await changed();
  chmodSync(file, 0o600);
  await changed();
  rmSync(file);
  await changed();
  writeFileSync(file, 'four');
  await changed();
  t.pass();
});

t.test('several files that are written one after the other are one change', async (t) => {
  const folder = t.testdir({ a: '1', b: '1', c: '1' });
  const { changed, count } = watch(t, [join(folder, 'a'), join(folder, 'b')]);
  writeFileSync(join(folder, 'a'), '2');
  writeFileSync(join(folder, 'b'), '2');
  await changed();
  const witness = watch(t, [join(folder, 'c')]);
  writeFileSync(join(folder, 'c'), '2');
  await witness.changed();
  t.equal(count(), 1, 'and what becomes of other files in the folder is none');
});

t.test('the far end of a link', async (t) => {
  const folder = t.testdir({ v1: { key: 'one' }, v2: { key: 'two!' } });
  symlinkSync('v1', join(folder, 'now'));
  symlinkSync('now/key', join(folder, 'key'));
  const { changed } = watch(t, [join(folder, 'key')]);
  // As mounted secrets are replaced.
  symlinkSync('v2', join(folder, 'next'));
  renameSync(join(folder, 'next'), join(folder, 'now'));
  await changed();
  t.pass();
});

t.test('what no event tells is seen a minute later', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const folder = t.testdir({});
  const file = join(folder, 'later/a');
  const { count } = watch(t, [file]);
  mkdirSync(join(folder, 'later'));
  writeFileSync(file, '');
  mock.timers.tick(59_999);
  t.equal(count(), 0);
  mock.timers.tick(1);
  mock.timers.tick(200);
  t.equal(count(), 1);
});

t.test('a file that is still being written is waited for', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const folder = t.testdir({});
  const file = join(folder, 'later/a');
  const { count } = watch(t, [file]);
  mkdirSync(join(folder, 'later'));
  writeFileSync(file, '1');
  mock.timers.tick(60_000);
  for (const text of ['12', '123', '1234']) {
    writeFileSync(file, text);
    mock.timers.tick(200);
    t.equal(count(), 0);
  }
  mock.timers.tick(200);
  t.equal(count(), 1);
});

t.test('a folder that cannot be watched does not keep anything from going on', async (t) => {
  const folder = t.testdir({ a: '' });
  const { default: fs } = await import('node:fs');
  mock.method(fs, 'watch', () => {
    throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' });
  });
  t.teardown(() => mock.restoreAll());
  t.same(watch(t, [join(folder, 'a')]).failures, [
    `cannot watch ${folder}: ENOSPC: System limit for number of file watchers reached`,
  ]);
});
