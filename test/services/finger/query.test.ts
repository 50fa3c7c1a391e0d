import t from 'tap';

import { isPersonName, parseQuery } from '../../../src/services/finger/query.ts';

t.test('takes questions apart', async (t) => {
  const table: [line: string, name: string, isVerbose: boolean, isForward: boolean][] = [
    ['', '', false, false],
    ['  ', '', false, false],
    ['/W', '', true, false],
    ['/w  ', '', true, false],
    ['alice', 'alice', false, false],
    ['/W alice', 'alice', true, false],
    ['  /W   alice  ', 'alice', true, false],
    ['/Walice', '/Walice', false, false],
    ['alice@host', 'alice@host', false, true],
    ['@host', '@host', false, true],
    ['/W@host', '@host', true, true],
  ];
  for (const [line, name, isVerbose, isForward] of table)
    t.same(parseQuery(line), { name, isVerbose, isForward }, JSON.stringify(line));
});

t.test('knows names of people', async (t) => {
  for (const name of ['alice', 'a.b', 'x-1', '_', 'a'.repeat(64)]) t.equal(isPersonName(name), true, name);
  for (const name of ['', '.a', '-a', 'a b', 'a/b', 'ä', 'a\n', 'a'.repeat(65)])
    t.equal(isPersonName(name), false, name);
});
