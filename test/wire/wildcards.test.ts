import t from 'tap';

import { fitsWildcards } from '../../src/wire/wildcards.ts';

const cases: readonly (readonly [pattern: string, text: string, fits: boolean])[] = [
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['**', '', true],
  ['?', '', false],
  ['?', 'a', true],
  ['?', 'ab', false],
  ['a', 'A', true],
  ['*.pdf', 'a.pdf', true],
  ['*.pdf', '.PDF', true],
  ['*.pdf', 'a.pdf.exe', false],
  ['a*', 'a', true],
  ['a*', 'ba', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['*a*b*', 'xxbxxaxx', false],
  ['*ab*ab', 'abab', true],
  ['*ab*ab', 'aab', false],
  ['*@scans.example', 'me@scans.example', true],
  ['*@scans.example', 'me@scans.example.org', false],
  ['*@?.example', 'me@a.example', true],
  // No character of a regular expression means anything.
  ['a.b', 'axb', false],
  ['[a]', 'a', false],
  ['(a+)+$', 'aaaa', false],
  // One character outside the basic plane is one.
  ['?', '😀', true],
  ['?', '😀😀', false],
];

t.test('stars and question marks', async (t) => {
  for (const [pattern, text, fits] of cases) t.equal(fitsWildcards(pattern, text), fits, `${pattern} ${text}`);
});

t.test('no pattern takes for ever', async (t) => {
  t.equal(fitsWildcards('*a'.repeat(100), `${'a'.repeat(1_000)}b`), false);
});
