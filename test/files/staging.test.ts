import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createJail } from '../../src/files/jail.ts';
import { stageCopy, stageEmpty, sweepArea, unstage } from '../../src/files/staging.ts';
import { ownMark } from '../../src/system/process-mark.ts';
import { scratchTree } from '../support/tree.ts';

t.test('a draft in a folder of its own', async (t) => {
  const root = fs.realpathSync(t.testdir({ file: 'hello' }));
  fs.chmodSync(join(root, 'file'), 0o444);
  const jail = createJail(root);
  using top = jail.hold('/');
  const empty = stageEmpty(jail, top);
  const copy = await stageCopy(jail, top, join(root, 'file'));
  t.equal(fs.readFileSync(copy.fd, 'utf8'), 'hello');
  fs.writeSync(copy.fd, 'world');
  t.equal(fs.readdirSync(join(root, '.portico-incoming')).length, 2);
  t.equal(fs.readFileSync(join(root, 'file'), 'utf8'), 'hello');
  for (const draft of [empty, copy]) await unstage(draft);
  await t.rejects(stageCopy(jail, top, join(root, 'no')), { code: 'ENOENT' });
  t.same(fs.readdirSync(join(root, '.portico-incoming')), []);
});

t.test('a link in its place leads nowhere', async (t) => {
  const folder = fs.realpathSync(t.testdir({ root: {}, outside: {} }));
  fs.symlinkSync('../outside', join(folder, 'root/.portico-incoming'));
  const jail = createJail(join(folder, 'root'));
  using top = jail.hold('/');
  t.throws(() => stageEmpty(jail, top));
  await t.rejects(stageCopy(jail, top, '/etc/passwd'));
  t.same(fs.readdirSync(join(folder, 'outside')), []);
});

t.test('what processes that are gone have left goes, and nothing else', async (t) => {
  const gone = '4194999-1.0123456789abcdef';
  const own = `${ownMark}.0123456789abcdef`;
  const root = t.testdir({ '.portico-incoming': { [gone]: '', [own]: '', 'else.txt': '' } });
  t.equal(await sweepArea(root), 1);
  t.same(fs.readdirSync(join(root, '.portico-incoming')).sort(), [own, 'else.txt'].sort());
  t.equal(await sweepArea(root), 0);
  t.equal(await sweepArea(t.testdir({})), 0, 'where there is nothing yet');
});

t.test('after kill -9 in the middle of a draft the next process finds it, and no file', async (t) => {
  const { root, drafts } = await scratchTree(t);
  const child = spawn(process.execPath, [join(import.meta.dirname, '../support/tree-process.ts'), root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  t.equal(drafts().length, 1);
  const path = join(root, '.portico-incoming', drafts()[0] ?? '');
  t.equal(fs.statSync(path).size, 200_000);
  await scratchTree(t, { root });
  t.equal(drafts().length, 1, 'as long as it lives it is its own');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await scratchTree(t, { root });
  t.same(drafts(), []);
  t.same(fs.readdirSync(root), ['.portico-incoming']);
});
