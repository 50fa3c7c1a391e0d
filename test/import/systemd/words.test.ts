import t from 'tap';

import { expandWords, readVariables, splitWords } from '../../../src/import/systemd/words.ts';

for (const [text, words] of [
  ['/bin/a b  c', ['/bin/a', 'b', 'c']],
  [`/bin/sh -c 'echo "x"' "a 'b'"`, ['/bin/sh', '-c', 'echo "x"', "a 'b'"]],
  [String.raw`a\x20b c\sd "e\tf" 'g\'h' \"`, ['a b', 'c d', 'e\tf', "g'h", '"']],
  [String.raw`\101 \\`, ['A', '\\']],
  [`a"b c"d`, ['ab cd']],
  ['', []],
  ['a "b', null],
] as const) {
  t.same(splitWords(text), words, text);
}

for (const [words, expanded, unknown] of [
  [['$A', '${A}', 'x${A}y'], ['one', 'two', 'one two', 'xone twoy'], []],
  [['$B', '${B}'], [''], []],
  [['$$A', '100%%'], ['$A', '100%'], []],
  [
    ['$C', '%i', 'x${C}'],
    ['%i', 'x'],
    ['$C', '%i'],
  ],
  [['a$A', '$0'], ['a$A', '$0'], []],
] as const) {
  t.same(expandWords(words, { A: 'one two', B: '' }), { words: expanded, unknown }, words.join(' '));
}

t.same(readVariables(['A=b', 'C=d=e', 'F=', 'nonsense']), { A: 'b', C: 'd=e', F: '' });
