import fs from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import type { LoggingPlan } from '../../src/contract/plan.ts';
import { createLogFiles } from '../../src/master/log-files.ts';
import { noLogging } from '../support/plans.ts';

function planOf(...paths: readonly string[]): LoggingPlan {
  return { ...noLogging, outputs: paths.map((path) => ({ kind: 'file', path, format: 'json' })) };
}

function isOpen(fd: number): boolean {
  try {
    fs.fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

function folderOf(t: Test): string {
  return fs.realpathSync(t.testdir());
}

t.test('opens what the plan names, to append, in folders that it makes', async (t) => {
  const path = join(folderOf(t), 'sub', 'portico.log');
  const fd = createLogFiles().open(planOf(path))[path]!;
  fs.writeSync(fd, 'one\n');
  fs.appendFileSync(path, 'two\n');
  fs.writeSync(fd, 'three\n');
  t.equal(fs.readFileSync(path, 'utf8'), 'one\ntwo\nthree\n');
  t.equal(fs.statSync(path).mode & 0o137, 0, 'nobody else can read it');
});

t.test('opens no path twice', async (t) => {
  const folder = folderOf(t);
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const files = createLogFiles();
  const first = files.open(planOf(a, a));
  t.same(Object.keys(first), [a]);
  t.same(files.open(planOf(a, b))[a], first[a]);
});

t.test('names no file for other outputs', async (t) => {
  t.same(createLogFiles().open({ ...noLogging, outputs: [{ kind: 'console', format: 'json' }] }), {});
});

t.test('says which file cannot be opened', async (t) => {
  const folder = folderOf(t);
  t.throws(() => createLogFiles().open(planOf(folder)), {
    name: 'ExitError',
    code: 78,
    message: `cannot open the log file ${folder}: EISDIR`,
  });
});

t.test('opens all again by their paths', async (t) => {
  const path = join(folderOf(t), 'portico.log');
  const files = createLogFiles();
  fs.writeSync(files.open(planOf(path))[path]!, 'old\n');
  fs.renameSync(path, `${path}.1`);
  fs.writeSync(files.reopen()[path]!, 'new\n');
  t.equal(fs.readFileSync(path, 'utf8'), 'new\n');
  t.equal(fs.readFileSync(`${path}.1`, 'utf8'), 'old\n');
});

t.test('a file that cannot be opened again goes on as it is', async (t) => {
  const folder = folderOf(t);
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const files = createLogFiles();
  const before = files.open(planOf(a, b));
  fs.renameSync(a, `${a}.1`);
  fs.renameSync(b, `${b}.1`);
  fs.mkdirSync(a);
  const after = files.reopen();
  t.equal(after[a], before[a]);
  fs.writeSync(after[a]!, 'line\n');
  fs.writeSync(after[b]!, 'line\n');
  t.equal(fs.readFileSync(`${a}.1`, 'utf8'), 'line\n');
  t.equal(fs.readFileSync(b, 'utf8'), 'line\n');
});

t.test('closes what a plan does not name', async (t) => {
  const folder = folderOf(t);
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const files = createLogFiles();
  const opened = files.open(planOf(a, b));
  files.keepOnly(planOf(b));
  t.equal(isOpen(opened[a]!), false);
  t.equal(isOpen(opened[b]!), true);
  t.same(Object.keys(files.reopen()), [b]);
});
