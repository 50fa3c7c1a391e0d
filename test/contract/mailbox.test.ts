import t from 'tap';

import { mailboxPath, mailFolder } from '../../src/contract/mailbox.ts';

t.test('a mailbox is a folder of its account, below the state', async (t) => {
  t.equal(mailFolder('/var/lib/portico'), '/var/lib/portico/mail');
  t.equal(mailboxPath('/m', 'alice'), '/m/alice');
  t.equal(mailboxPath('/m', 'a.b+c@example.com'), '/m/a.b+c@example.com');
});

for (const name of ['', '.', '..', '../bob', 'a/b', '/etc', 'a\0b', '.hidden', '__proto__', 'x'.repeat(65)]) {
  t.test(`never anywhere else: ${JSON.stringify(name).slice(0, 20)}`, async (t) => {
    t.throws(() => mailboxPath('/m', name), { message: 'that is no name of an account' });
  });
}
