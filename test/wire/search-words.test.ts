import t from 'tap';

import { parseSearchWords } from '../../src/wire/search-words.ts';

t.test('a query without "=" is a list of words', async (t) => {
  const cases: [string | null, string[]][] = [
    [null, []],
    ['', []],
    ['one', ['one']],
    ['one+two', ['one', 'two']],
    ['a%20b+%C3%BC', ['a b', 'ü']],
    ['a%2Bb', ['a+b']],
    ['%3D', ['=']],
    ['%24(rm)+%60id%60+;', ['$(rm)', '`id`', ';']],
    ['a=b', []],
    ['a+b=c', []],
    // Nothing that a program would take for an option, or that cannot be an argument.
    ['-s', []],
    ['%2Ds', []],
    ['a+-d', []],
    ['a++b', []],
    ['a%00b', []],
    ['%', []],
    ['%ff', []],
  ];
  for (const [query, words] of cases) t.same(parseSearchWords(query), words, String(query));
});
