import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createRoots } from '../../src/files/roots.ts';

t.test('one for each folder, whatever it is called', async (t) => {
  const folder = fs.realpathSync(t.testdir({ a: {} }));
  fs.symlinkSync('a', join(folder, 'link'));
  const roots = createRoots({ floor: 0 });
  const first = await roots.open(join(folder, 'a'));
  t.equal(await roots.open(join(folder, 'link')), first);
  t.equal(first.jail.root, join(folder, 'a'));
});

t.test('folders are made, and those above them', async (t) => {
  const folder = fs.realpathSync(t.testdir());
  const roots = createRoots({ floor: 0 });
  const [one, two] = await Promise.all(['a/b/c', 'a/b/c'].map((path) => roots.open(join(folder, path))));
  t.equal(one, two);
  t.equal(fs.statSync(join(folder, 'a/b/c')).isDirectory(), true);
});

t.test('what cannot be made fails, and does not hang', async (t) => {
  const roots = createRoots({ floor: 0 });
  await t.rejects(roots.open('/proc/no/such'));
  await t.rejects(roots.open('/dev/null/a/b'));
});

t.test('leftovers are looked for once', async (t) => {
  const gone = '4194999-1.0123456789abcdef';
  const root = fs.realpathSync(t.testdir({ '.portico-incoming': { [gone]: '' } }));
  const counts: number[] = [];
  const roots = createRoots({ floor: 0, swept: (count) => void counts.push(count) });
  await Promise.all([roots.open(root), roots.open(root)]);
  t.same(fs.readdirSync(join(root, '.portico-incoming')), []);
  fs.writeFileSync(join(root, '.portico-incoming', gone), '');
  await roots.open(root);
  t.same(fs.readdirSync(join(root, '.portico-incoming')), [gone]);
  t.same(counts, [1]);
});

t.test('many that are idle are not kept', async (t) => {
  const folder = fs.realpathSync(t.testdir());
  const roots = createRoots({ floor: 0 });
  const busy = await roots.open(join(folder, 'busy'));
  busy.usage.reserve(1, null);
  const idle = await roots.open(join(folder, 'idle'));
  for (let index = 0; index < 1_000; index += 1) await roots.open(join(folder, String(index)));
  t.equal(await roots.open(join(folder, 'busy')), busy);
  t.not(await roots.open(join(folder, 'idle')), idle);
});

t.test('names are synced together', async (t) => {
  const root = await createRoots({ floor: 0 }).open(t.testdir());
  await Promise.all([root.syncFolder(root.jail.root), root.syncFolder(root.jail.root)]);
  await t.rejects(root.syncFolder(join(root.jail.root, 'no')), { code: 'ENOENT' });
});
