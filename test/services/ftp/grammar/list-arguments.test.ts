import t from 'tap';

import { parseListArguments } from '../../../../src/services/ftp/grammar/list-arguments.ts';

const table: readonly (readonly [text: string, path: string | null, isEntryWanted?: boolean])[] = [
  ['', null],
  ['a', 'a'],
  [' a b ', 'a b '],
  ['-a', null],
  ['-a -l', null],
  ['-la', null],
  ['-la  sub', 'sub'],
  ['-a -l sub dir', 'sub dir'],
  ['-CF', null],
  ['-al /x -y', '/x -y'],
  ['-- -a', '-a'],
  ['-d a', 'a', true],
  ['-ld', null, true],
  ['-é', '-é'],
  ['a -l', 'a -l'],
];

t.test('options and a path', async (t) => {
  for (const [text, path, isEntryWanted = false] of table) {
    t.same(parseListArguments(text), { path, isEntryWanted }, JSON.stringify(text));
  }
});
