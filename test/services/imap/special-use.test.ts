import t from 'tap';

import { specialUseOf } from '../../../src/services/imap/special-use.ts';

t.test('what mailboxes are for', async (t) => {
  const names = new Set(['INBOX', 'Sent', 'Sent Items', 'spam', 'Drafts', 'Other', 'A.Trash']);
  t.same(
    [...names].map((name) => specialUseOf(name, names)),
    [null, '\\Sent', null, '\\Junk', '\\Drafts', null, null],
  );
  t.equal(specialUseOf('Trash', names), null, 'it is not there');
});
