import fs from 'node:fs';

import t from 'tap';

import { setUp } from '../stage.ts';

t.test('folders', async (t) => {
  const { enter, path } = await setUp(t, { files: { 'a b/c/d.txt': 'd', 'f.txt': 'f' } });
  const { ask } = await enter();
  t.equal(await ask('CWD a b'), '250 "/a b" is where you are');
  t.equal(await ask('CWD c/'), '250 "/a b/c" is where you are');
  t.equal(await ask('PWD'), '257 "/a b/c" is where you are');
  t.equal(await ask('CDUP'), '250 "/a b" is where you are');
  t.equal(await ask('CWD ../..'), '250 "/" is where you are', 'the root is above nothing');
  t.equal(await ask('CWD //a b//c'), '250 "/a b/c" is where you are');
  t.equal(await ask('XCUP'), '250 "/a b" is where you are');
  t.equal(await ask('CWD /f.txt'), '550 That is no folder');
  t.equal(await ask('CWD nowhere'), '550 There is no such file or folder');
  t.equal(await ask('MKD "q"'), '257 "/a b/""q""" is there');
  t.ok(fs.statSync(path('a b', '"q"')).isDirectory());
  t.equal(await ask('MKD "q"'), '550 There is one of that name already');
  t.equal(await ask('MKD x/y'), '550 There is no such file or folder');
  t.equal(await ask('RMD "q"'), '250 Done');
  t.equal(await ask('RMD c'), '550 The folder is not empty');
  t.equal(await ask('RMD /f.txt'), '550 That is no folder');
  t.equal(await ask('DELE c'), '550 That is a folder');
  t.equal(await ask('DELE c/d.txt'), '250 Done');
  t.equal(await ask('XRMD c'), '250 Done');
  t.equal(await ask('MKD a\x01b'), '553 Nothing can have that name');
});

t.test('renaming', async (t) => {
  const { enter, path } = await setUp(t, { files: { 'a.txt': 'a', 'b.txt': 'b' } });
  const { ask } = await enter();
  t.equal(await ask('RNTO c.txt'), '503 RNFR comes first');
  t.equal(await ask('RNFR none'), '550 There is no such file or folder');
  t.equal(await ask('RNFR a.txt'), '350 And the new name?');
  t.equal(await ask('RNTO b.txt'), '250 Done');
  t.equal(fs.readFileSync(path('b.txt'), 'utf8'), 'a');
  t.equal(await ask('RNTO c.txt'), '503 RNFR comes first', 'once');
});

t.test('what an account may not', async (t) => {
  const { enter } = await setUp(t, { files: { 'a.txt': 'a', 'd/e': '' }, account: { permissions: ['list', 'read'] } });
  const { ask } = await enter();
  for (const line of [
    'MKD x',
    'RMD d',
    'DELE a.txt',
    'RNFR a.txt',
    'SITE CHMOD 600 a.txt',
    'MFMT 20200101000000 a.txt',
  ]) {
    t.equal(await ask(line), '550 That is not allowed', line);
  }
});

t.test('write: false allows nobody anything', async (t) => {
  const { enter } = await setUp(t, { files: { 'a.txt': 'a' }, options: { write: false } });
  const { ask, fetch, store } = await enter();
  t.equal((await fetch('RETR a.txt')).toString(), 'a');
  t.equal(await store('STOR b.txt', 'b'), '550 That is not allowed');
  for (const line of ['MKD x', 'DELE a.txt', 'RNFR a.txt']) t.equal(await ask(line), '550 That is not allowed', line);
});

t.test('links lead nowhere else', async (t) => {
  const { enter, home, path } = await setUp(t, { files: { 'in/a.txt': 'a' } });
  fs.symlinkSync('/etc', path('etc'));
  fs.symlinkSync('in', path('inside'));
  fs.symlinkSync('/etc/passwd', path('passwd'));
  const { ask, dataConnection } = await enter();
  t.equal(await ask('CWD inside'), '250 "/inside" is where you are');
  await ask('CWD /');
  t.match(await ask('CWD etc'), /^550 /);
  const data = await dataConnection();
  t.match(await ask('RETR passwd'), /^550 /);
  data.destroy();
  t.notMatch(await ask('RETR nothing'), new RegExp(home), 'no path of the machine is told');
});

// Regression: it was not allowed to look for what it may rename.
t.test('who may rename and not look gives another name', async (t) => {
  const { enter, path } = await setUp(t, { files: { a: 'a' }, account: { permissions: ['rename'] } });
  const { ask } = await enter();
  t.match(await ask('RNFR a'), /^350 /);
  t.match(await ask('RNTO b'), /^250 /);
  t.equal(fs.readFileSync(path('b'), 'utf8'), 'a');
});
