import t from 'tap';

import type { Mailbox } from '../../../src/contract/account.ts';
import { createRecipients, formsOf, isAscii, withAsciiDomain } from '../../../src/services/smtp/recipients.ts';

const alice: Mailbox = { account: 'alice', room: 10 };

function recipientsOf(patterns: readonly string[] | undefined, deliver: readonly string[] = ['archive']) {
  const asked: string[] = [];
  const recipients = createRecipients({
    hostname: 'mx.example',
    patterns,
    context: {
      deliver,
      async findMailboxes(addresses) {
        asked.push(...addresses);
        return addresses.map((address) => (address === 'alice@xn--bcher-kva.example' ? alice : null));
      },
    },
  });
  return { recipients, asked };
}

t.test('an address is known in either of its forms', async (t) => {
  const { recipients, asked } = recipientsOf([]);
  t.same(await recipients.find('alice@bücher.example', null), { address: 'alice@bücher.example', mailbox: alice });
  t.same(asked, ['alice@bücher.example', 'alice@xn--bcher-kva.example']);
});

t.test('patterns', async (t) => {
  const { recipients } = recipientsOf(['*@scans.example', 'info@*', '*@xn--bcher-kva.example']);
  const nobody = { message: /^5\.1\.1 / };
  for (const address of ['a@scans.example', 'A.b@SCANS.example', 'info@x.example', 'x@bücher.example'])
    t.same(await recipients.find(address, null), { address, mailbox: null });
  for (const address of ['a@scans.example.com', 'a@b', 'xinfo@b'])
    await t.rejects(recipients.find(address, null), nobody);
  await t.rejects(recipientsOf([]).recipients.find('a@b', null), nobody, 'none are wanted');
  await t.rejects(recipientsOf(undefined, []).recipients.find('a@b', null), nobody, 'there is no delivery');
});

t.test('the postmaster needs no domain', async (t) => {
  t.same(await recipientsOf(['postmaster@mx.example']).recipients.find('postmaster', null), {
    address: 'postmaster@mx.example',
    mailbox: null,
  });
});

t.test('a mailbox has to have room', async (t) => {
  const { recipients } = recipientsOf([]);
  t.match(await recipients.find('alice@bücher.example', 9), { mailbox: alice });
  await t.rejects(recipients.find('alice@bücher.example', 10), { message: /^5\.2\.2 / });
});

t.test('forms of addresses', async (t) => {
  t.same(formsOf('a@b.example'), ['a@b.example']);
  t.equal(withAsciiDomain('é@bücher.example'), 'é@xn--bcher-kva.example');
  t.equal(withAsciiDomain(''), '');
  t.equal(withAsciiDomain('a@[IPv6:::1]'), 'a@[IPv6:::1]');
  t.same([isAscii('a b'), isAscii('é'), isAscii('\n')], [true, false, false]);
});
