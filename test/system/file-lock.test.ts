import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { withFileLock } from '../../src/system/file-lock.ts';

const pathIn = (t: Test, files: Record<string, string> = {}): string => join(t.testdir(files), 'file');
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

t.test('one after the other', async (t) => {
  const path = pathIn(t);
  const first = Promise.withResolvers<void>();
  const steps: string[] = [];
  const run = (name: string, until: Promise<void>): Promise<string> =>
    withFileLock(path, async () => {
      steps.push(`${name} begins`);
      await until;
      steps.push(`${name} ends`);
      return name;
    });
  const a = run('a', first.promise);
  const b = run('b', Promise.resolve());
  t.same(steps, ['a begins']);
  t.match(fs.readFileSync(`${path}.lock`, 'utf8'), new RegExp(`^${process.pid} `));
  first.resolve();
  t.same(await Promise.all([a, b]), ['a', 'b']);
  t.same(steps, ['a begins', 'a ends', 'b begins', 'b ends']);
  t.same(fs.readdirSync(join(path, '..')), [], 'no lock is left');
});

t.test('a failure lets go', async (t) => {
  const path = pathIn(t);
  await t.rejects(
    withFileLock(path, () => Promise.reject(new Error('broken'))),
    { message: 'broken' },
  );
  t.equal(await withFileLock(path, () => 'fine'), 'fine');
});

t.test('waits only so long, and says for what', async (t) => {
  const path = pathIn(t, { 'file.lock': `${process.pid} ${hostname()} abc\n` });
  await t.rejects(
    withFileLock(path, () => t.fail('ran'), { waitMs: 0 }),
    { name: 'FileLocked', message: `${path} is being changed by another process (${path}.lock)` },
  );
  t.ok(fs.existsSync(`${path}.lock`), 'the lock of the other one stays');
});

t.test('a lock that was left behind', async (t) => {
  for (const [what, mark] of [
    ['by a process that has ended', `${deadPid()} ${hostname()} abc\n`],
    ['without a mark', ''],
  ] as const) {
    const path = pathIn(t, { 'file.lock': mark });
    if (mark === '') fs.utimesSync(`${path}.lock`, 0, 0);
    t.equal(await withFileLock(path, () => 'fine', { waitMs: 0 }), 'fine', what);
    t.same(fs.readdirSync(join(path, '..')), [], what);
  }
});

t.test('a process of another machine is not known to be dead, until its lock is old', async (t) => {
  const path = pathIn(t, { 'file.lock': `${deadPid()} elsewhere.example abc\n` });
  await t.rejects(
    withFileLock(path, () => t.fail('ran'), { waitMs: 0 }),
    { name: 'FileLocked' },
  );
  t.equal(await withFileLock(path, () => 'fine', { waitMs: 0, staleMs: -1 }), 'fine');
});

t.test('where nothing can be written', async (t) => {
  await t.rejects(
    withFileLock(join(pathIn(t), 'no/file'), () => t.fail('ran')),
    { code: 'ENOENT' },
  );
});
