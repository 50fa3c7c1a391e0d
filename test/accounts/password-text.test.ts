import t from 'tap';

import { passwordCandidates, PasswordError, preparePassword } from '../../src/accounts/password-text.ts';

const composed = 'caf\u00e9';
const decomposed = 'cafe\u0301';

t.test('prepares as RFC 8265 says', async (t) => {
  for (const [what, password, expected] of [
    ['as it is', 'correct horse', 'correct horse'],
    ['NFC', decomposed, composed],
    ['spaces of other kinds', 'a\u00a0b\u3000c', 'a b c'],
    ['case stays', 'Secret', 'Secret'],
    ['spaces at the ends stay', ' a ', ' a '],
    ['what only looks alike stays', '\uff21', '\uff21'],
  ] as const) {
    t.equal(preparePassword(password).toString(), expected, what);
  }
});

t.test('refuses what cannot be a password, without repeating it', async (t) => {
  for (const [what, password, message] of [
    ['nothing', '', 'a password has 1 to 1024 bytes'],
    ['one byte too many', 'x'.repeat(1025), 'a password has 1 to 1024 bytes'],
    ['characters of two bytes', 'é'.repeat(513), 'a password has 1 to 1024 bytes'],
    ['a control character', 'secret\u0000', 'a password has no control characters'],
    ['half a character', 'secret\ud800', 'a password is Unicode text'],
  ] as const) {
    t.throws(() => preparePassword(password), new PasswordError(message), what);
  }
  t.equal(preparePassword('x'.repeat(1024)).length, 1024);
});

t.test('what a stored password may have been made of', async (t) => {
  const candidates = (password: string): string[] => passwordCandidates(password).map(String);
  t.same(candidates(composed), [composed], 'once, where both are the same');
  t.same(candidates(decomposed), [composed, decomposed]);
  t.same(candidates('x'.repeat(1024)), ['x'.repeat(1024)]);
  t.same(candidates('x'.repeat(1025)), []);
  t.same(candidates(''), []);
  t.same(candidates('secret\ud800'), []);
});
