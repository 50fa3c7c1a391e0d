import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createSpoolFiles } from '../../../src/deliveries/spool/files.ts';

const modeOf = (path: string): number => fs.statSync(path).mode & 0o777;

function withUmask(t: Test, mask: number): void {
  const before = process.umask(mask);
  t.teardown(() => process.umask(before));
}

t.test('writes all of it, syncs, renames and removes', async (t) => {
  const folder = t.testdir();
  const files = createSpoolFiles();
  const handle = await files.create(join(folder, 'a'));
  await handle.write([Buffer.from('hel'), Buffer.from('lo')]);
  await handle.write([Buffer.alloc(3_000_000, '!')]);
  await handle.sync();
  handle.close();
  await files.rename(join(folder, 'a'), join(folder, 'b'));
  await files.syncFolder(folder);
  t.equal(fs.readFileSync(join(folder, 'b'), 'utf8'), `hello${'!'.repeat(3_000_000)}`);
  await files.remove(join(folder, 'b'));
  await files.remove(join(folder, 'b'));
  t.same(fs.readdirSync(folder), []);
  t.ok((await files.freeBytes(folder)) > 0);
});

t.test('writes over nothing, and follows no link', async (t) => {
  const folder = t.testdir({ there: 'yes', link: t.fixture('symlink', 'elsewhere') });
  const files = createSpoolFiles();
  for (const name of ['there', 'link']) await t.rejects(files.create(join(folder, name)), { code: 'EEXIST' });
  t.notOk(fs.existsSync(join(folder, 'elsewhere')));
});

t.test('the group can read what is shared, whatever the umask is', async (t) => {
  const folder = t.testdir();
  withUmask(t, 0o077);
  (await createSpoolFiles().create(join(folder, 'own'))).close();
  (await createSpoolFiles({ isShared: true }).create(join(folder, 'shared'))).close();
  t.equal(modeOf(join(folder, 'own')), 0o600);
  t.equal(modeOf(join(folder, 'shared')), 0o660);
});

t.test('a folder that is none cannot be synced', async (t) => {
  const folder = t.testdir({ file: '' });
  await t.rejects(createSpoolFiles().syncFolder(join(folder, 'file')), { code: 'ENOTDIR' });
});
