import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { ownFolder } from '../../src/system/own-folder.ts';

const isRoot = process.getuid?.() === 0;
const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];

t.test('sets the mode, and says whether the owner was another', async (t) => {
  const folder = join(t.testdir(), 'own');
  mkdirSync(folder, { mode: 0o700 });
  t.equal(ownFolder(folder, { uid, gid, mode: 0o750 }), false);
  t.equal(statSync(folder).mode & 0o7777, 0o750);
  t.equal(ownFolder(folder, { uid, gid }), false);
  t.equal(statSync(folder).mode & 0o7777, 0o750, 'left as it is');
});

t.test('gives it away, bits of the mode included', { skip: isRoot ? false : 'only root can' }, async (t) => {
  const folder = join(t.testdir(), 'given');
  mkdirSync(folder);
  t.equal(ownFolder(folder, { uid: 65_534, gid: 65_534, mode: 0o2770 }), true);
  const { uid: owner, mode } = statSync(folder);
  t.same([owner, mode & 0o7777], [65_534, 0o2770]);
});

t.test('never what a link leads to, nor a file', async (t) => {
  const folder = t.testdir({ elsewhere: {} });
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
  writeFileSync(join(folder, 'file'), '');
  for (const name of ['link', 'file'])
    t.throws(() => ownFolder(join(folder, name), { uid, gid, mode: 0o777 }), { code: 'ENOTDIR' });
});
