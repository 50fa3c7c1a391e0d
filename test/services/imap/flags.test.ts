import t from 'tap';

import { changeLetters, lettersIn, lettersOf, namesOf } from '../../../src/services/imap/flags.ts';

t.test('flags and letters', async (t) => {
  t.equal(lettersOf(['\\SEEN', '\\answered', '$Forwarded', '\\Seen', 'other', '\\Recent']), 'PRS');
  t.equal(lettersOf(['constructor']), '');
  t.same(namesOf('TSx'), ['\\Deleted', '\\Seen']);
  t.equal(lettersIn('1.a:2,FS'), 'FS');
  t.equal(lettersIn('1.a'), '');
});

t.test('changes', async (t) => {
  t.equal(changeLetters('FS', 'add', 'RS'), 'FRS');
  t.equal(changeLetters('FS', 'remove', 'RS'), 'F');
  t.equal(changeLetters('FSa', 'replace', 'R'), 'Ra', 'what others have written stays');
});
