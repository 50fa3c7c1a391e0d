import fs from 'node:fs';

import t from 'tap';

import { setUp } from '../stage.ts';

t.test('SIZE', async (t) => {
  const { enter } = await setUp(t, { files: { 'a.txt': 'four', 'd/e': '' } });
  const { ask } = await enter();
  t.equal(await ask('SIZE a.txt'), '213 4');
  t.equal(await ask('SIZE d'), '550 That is no file');
  t.equal(await ask('SIZE none'), '550 There is no such file or folder');
  await ask('TYPE A');
  t.equal(await ask('SIZE a.txt'), '550 SIZE is not told in ASCII: TYPE I comes first');
});

t.test('MDTM and MFMT', async (t) => {
  const { enter, path } = await setUp(t, { files: { 'a b.txt': '', '20200101000000 x': '' } });
  fs.utimesSync(path('a b.txt'), 0, 1_577_836_800);
  fs.utimesSync(path('20200101000000 x'), 0, 86_400);
  const { ask } = await enter();
  t.equal(await ask('MDTM a b.txt'), '213 20200101000000');
  t.equal(await ask('MFMT 20210203040506 a b.txt'), '213 Modify=20210203040506; a b.txt');
  t.equal(await ask('MDTM a b.txt'), '213 20210203040506');
  t.equal(await ask('MDTM 20190101000000 a b.txt'), '213 Modify=20190101000000; a b.txt', 'the older way to set it');
  t.equal(await ask('MDTM 20200101000000 x'), '213 19700102000000', 'a file may have such a name');
  t.equal(await ask('MDTM none'), '550 There is no such file or folder');
  t.equal(await ask('MFMT 20200101000000 none'), '550 There is no such file or folder');
});

t.test('MLST and OPTS MLST', async (t) => {
  const { enter, path } = await setUp(t, { files: { 'd/a b.txt': 'four' } });
  fs.utimesSync(path('d', 'a b.txt'), 0, 1_577_836_800);
  fs.chmodSync(path('d', 'a b.txt'), 0o640);
  const { ask } = await enter();
  await ask('CWD d');
  t.match(
    await ask('MLST a b.txt'),
    /^250-It is\n type=file;perm=adfrw;size=4;modify=20200101000000;unique=[!-~]+;UNIX\.mode=0640; \/d\/a b\.txt\n250 End$/,
  );
  t.match(await ask('MLST'), /\n type=dir;perm=cdeflmp;modify=\d{14};unique=[!-~]+;UNIX\.mode=0\d{3}; \/d\n/);
  t.equal(await ask('OPTS MLST SIZE;Type;nonsense;'), '200 MLST OPTS type;size;');
  t.equal(await ask('MLST a b.txt'), '250-It is\n type=file;size=4; /d/a b.txt\n250 End');
  t.match(await ask('FEAT'), /\n MLST type\*;perm;size\*;modify;unique;UNIX\.mode;\n/);
  t.equal(await ask('OPTS MLST'), '200 MLST OPTS');
  t.equal(await ask('MLST a b.txt'), '250-It is\n  /d/a b.txt\n250 End');
  t.equal(await ask('MLST none'), '550 There is no such file or folder');
});

t.test('perm tells what the account may', async (t) => {
  const { enter } = await setUp(t, { files: { 'a.txt': '', 'd/e': '' }, account: { permissions: ['list', 'read'] } });
  const { ask } = await enter();
  await ask('OPTS MLST perm;');
  t.equal(await ask('MLST a.txt'), '250-It is\n perm=r; /a.txt\n250 End');
  t.equal(await ask('MLST d'), '250-It is\n perm=el; /d\n250 End');
});
