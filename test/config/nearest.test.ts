import t from 'tap';

import { nearest, suggestion } from '../../src/config/nearest.ts';

const known = ['listen', 'limits', 'enabled', 'tls', 'type', 'echo', 'exec', 'max_size'];

for (const [word, expected] of [
  ['lisen', 'listen'],
  ['lsiten', 'listen'],
  ['Listen', 'listen'],
  ['limit', 'limits'],
  ['ecoh', 'echo'],
  ['tsl', 'tls'],
  ['maxsize', 'max_size'],
  ['enable', 'enabled'],
  ['colour', null],
  ['x', null],
  ['eros', null],
  ['', null],
  ['a'.repeat(10_000), null],
] as const) {
  t.test(`${word.slice(0, 10)}: ${expected}`, async (t) => t.equal(nearest(word, known), expected));
}

t.test('in words', async (t) => {
  t.equal(suggestion('lisen', known), ', did you mean "listen"?');
  t.equal(suggestion('colour', known), '');
});
