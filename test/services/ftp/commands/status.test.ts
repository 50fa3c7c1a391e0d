import t from 'tap';

import { setUp } from '../stage.ts';

t.test('of the session', async (t) => {
  const { open, enter } = await setUp(t, { files: { 'a/b': '' } });
  const nobody = await open();
  t.equal(
    await nobody.ask('STAT'),
    [
      '211-This is how it is',
      ' Logged in: nobody',
      ' Folder: /',
      ' Type: binary',
      ' TLS: none, of data connections: no',
      ' No transfer',
      '211 End',
    ].join('\n'),
  );
  const alice = await enter();
  await alice.ask('CWD a');
  t.match(await alice.ask('STAT'), /\n Logged in: alice\n Folder: \/a\n Type: binary\n/);
});

t.test('of files', async (t) => {
  const { enter } = await setUp(t, { files: { 'a/b c': 'four', 'a/d': '' } });
  const { ask } = await enter();
  t.match(await ask('STAT a'), /^213-These are there\n -.* 4 .* b c\n -.* d\n213 End$/);
  t.match(await ask('STAT -l a/d'), /^213-These are there\n -.* d\n213 End$/);
  t.equal(await ask('STAT none'), '550 There is no such file or folder');
});
