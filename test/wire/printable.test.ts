import t from 'tap';

import { printable, printableJson } from '../../src/wire/printable.ts';

const cases: readonly (readonly [what: string, text: string, expected: string])[] = [
  ['plain text', 'GET / HTTP/1.1', 'GET / HTTP/1.1'],
  ['letters of any script', 'größe 大きさ 🎈', 'größe 大きさ 🎈'],
  ['a newline', 'a\nb', 'a\\nb'],
  ['a carriage return', 'a\rb', 'a\\rb'],
  ['a tab', 'a\tb', 'a\\tb'],
  ['NUL', 'a\u0000b', 'a\\x00b'],
  ['an escape sequence', '\u001b[2J', '\\x1b[2J'],
  ['DEL', 'a\u007f', 'a\\x7f'],
  ['the C1 control sequence introducer', '\u009b31m', '\\x9b31m'],
  ['next line (C1)', 'a\u0085b', 'a\\x85b'],
  ['line separator', 'a\u2028b', 'a\\u2028b'],
  ['paragraph separator', 'a\u2029b', 'a\\u2029b'],
  ['right-to-left override', 'a\u202eb', 'a\\u202eb'],
  ['isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
  ['Arabic letter mark', '\u061ca', '\\u061ca'],
  ['byte order mark', '\ufeffa', '\\ufeffa'],
  ['several in a row', '\r\n\r\n', '\\r\\n\\r\\n'],
];

for (const [what, text, expected] of cases) {
  t.test(what, async (t) => {
    t.equal(printable(text), expected);
  });
}

t.test('cuts what is longer than the limit, and only that', async (t) => {
  t.equal(printable('12345', 5), '12345');
  t.equal(printable('123456', 5), '1234…');
});

t.test('JSON keeps its meaning', async (t) => {
  const value = { text: '\u009b31m \u202e \u2028 ü \n' };
  const json = printableJson(JSON.stringify(value));
  t.equal(json, '{"text":"\\u009b31m \\u202e \\u2028 ü \\n"}');
  t.same(JSON.parse(json), value);
});
