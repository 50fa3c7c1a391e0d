import t from 'tap';

import { TreeError, type Entry, type Tree } from '../../../../src/contract/tree.ts';
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

// Regression: the reply had begun with 213, went on with 550, and never ended.
t.test('a folder that cannot be listed is refused before anything is said of it', async (t) => {
  const broken = async function* (after: number): AsyncGenerator<Entry> {
    for (let count = 0; count < after; count += 1) yield { name: String(count), kind: 'file', size: 0 } as Entry;
    throw new TreeError('denied', 'no');
  };
  let after = 0;
  const { enter } = await setUp(t, {
    context: {
      openTree: async () =>
        ({
          stat: async () => ({ name: 'a', kind: 'folder' }) as Entry,
          list: () => broken(after),
        }) as unknown as Tree,
    },
  });
  const { ask } = await enter();
  t.equal(await ask('STAT a'), '550 That is not allowed');
  after = 1_100;
  const told = (await ask('STAT a')).split('\n');
  t.equal(told[0], '213-These are there');
  t.equal(told.at(-1), '213 End, though there may be more');
  t.equal(await ask('NOOP'), '200 Fine');
});
