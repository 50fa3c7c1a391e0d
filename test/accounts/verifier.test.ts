import t from 'tap';

import { combineSources, createListSource } from '../../src/accounts/sources.ts';
import { createVerifier } from '../../src/accounts/verifier.ts';
import type { AccountSource } from '../../src/contract/account.ts';
import { aliceKey, recordOf, secretHash } from './records.ts';

const alice = recordOf('alice', { password: secretHash, keys: [aliceKey] });
const bob = recordOf('bob');
const source = createListSource([alice, bob]);

t.test('who may log in', async (t) => {
  const verifier = createVerifier({ source });
  t.equal(await verifier.check('alice', 'secret'), alice);
  t.equal(await verifier.check('alice', 'Secret'), null, 'wrong password');
  t.equal(await verifier.check('carol', 'secret'), null, 'no such account');
  t.equal(await verifier.check('bob', ''), null, 'an account without a password');
  t.equal(await verifier.check('bob', 'secret'), null);
  t.equal(await verifier.check('alice', 'x'.repeat(2000)), null);
  t.equal(await verifier.check('__proto__', 'secret'), null);
});

t.test('keys', async (t) => {
  const verifier = createVerifier({ source });
  t.equal(await verifier.checkKey('alice', aliceKey), alice);
  t.equal(await verifier.checkKey('alice', `${aliceKey}A`), null);
  t.equal(await verifier.checkKey('bob', aliceKey), null, "somebody else's");
  t.equal(await verifier.checkKey('carol', aliceKey), null);
});

t.test('who is not there, or has no password, is compared with what most accounts have', async (t) => {
  let asked = 0;
  const spied: AccountSource = {
    ...source,
    typicalPassword: () => {
      asked += 1;
      return Promise.resolve(secretHash);
    },
  };
  const verifier = createVerifier({ source: spied });
  await verifier.check('alice', 'wrong');
  t.equal(asked, 0);
  await verifier.check('carol', 'secret');
  await verifier.check('bob', 'secret');
  t.equal(asked, 2);
  const plain = createVerifier({
    source: { find: () => Promise.resolve(null), findByMail: source.findByMail, close() {} },
  });
  t.equal(await plain.check('carol', 'secret'), null, 'a source that cannot tell');
});

t.test('past its queue it refuses at once', async (t) => {
  const found = Promise.withResolvers<null>();
  const slow: AccountSource = { ...source, find: () => found.promise };
  const verifier = createVerifier({ source: slow, concurrency: 1, queue: 1 });
  const checks = [verifier.check('alice', 'hunter2'), verifier.check('alice', 'hunter2')];
  await t.rejects(verifier.check('alice', 'hunter2'), { name: 'BusyError' });
  await verifier.check('alice', 'hunter2').catch((error: Error) => t.notMatch(String(error), 'hunter2'));
  found.resolve(null);
  t.same(await Promise.all(checks), [null, null]);
});

t.test('who has gone when the turn comes costs nothing', async (t) => {
  let asked = 0;
  const counting: AccountSource = { ...source, find: (name) => ((asked += 1), source.find(name)) };
  t.equal(await createVerifier({ source: counting }).check('alice', 'secret', () => false), null);
  t.equal(asked, 0);
});

t.test('what cannot be checked is an error, and no wrong password', async (t) => {
  const broken: AccountSource = { ...source, find: () => Promise.reject(new Error('the disk is gone')) };
  const verifier = createVerifier({ source: combineSources([broken]), concurrency: 1 });
  await t.rejects(verifier.check('alice', 'secret'), { message: 'the disk is gone' });
  await t.rejects(verifier.check('alice', 'secret'), { message: 'the disk is gone' }, 'and the slot is free again');
  await t.rejects(verifier.checkKey('alice', aliceKey), { message: 'the disk is gone' });
});
