import fs from 'node:fs';

import t from 'tap';

import { setUp } from '../stage.ts';

t.test('SITE', async (t) => {
  const { enter, path } = await setUp(t, { files: { 'a b.txt': '' } });
  const { ask } = await enter();
  t.equal(await ask('SITE HELP'), '214-These are there\n CHMOD 644 path\n UTIME YYYYMMDDhhmmss path\n HELP\n214 End');
  t.equal(await ask('SITE CHMOD 600 a b.txt'), '200 Done');
  t.equal(fs.statSync(path('a b.txt')).mode & 0o7777, 0o600);
  t.equal(await ask('SITE CHMOD 4755 a b.txt'), '200 Done');
  t.equal(fs.statSync(path('a b.txt')).mode & 0o7777, 0o755, 'no set-uid');
  t.equal(await ask('SITE UTIME 20200101000000 a b.txt'), '200 Done');
  t.equal(fs.statSync(path('a b.txt')).mtimeMs, 1_577_836_800_000);
  t.equal(await ask('SITE UTIME a b.txt 20190101000000 20210101000000 20190101000000 UTC'), '200 Done');
  t.equal(fs.statSync(path('a b.txt')).mtimeMs, 1_609_459_200_000);
  t.equal(await ask('SITE CHMOD 600 none'), '550 There is no such file or folder');
  t.equal(await ask('SITE IDLE 10'), '504 SITE does HELP, CHMOD and UTIME');
});
