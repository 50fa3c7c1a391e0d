import t from 'tap';

import { createMailboxLock } from '../../../src/services/pop3/mailbox-lock.ts';
import { createFakeBuses, type FakeBus } from '../../support/fake-bus.ts';

t.test('one session has a mailbox', async (t) => {
  const [bus, other] = createFakeBuses(2) as [FakeBus, FakeBus];
  const [mine, beside, theirs] = [createMailboxLock(bus), createMailboxLock(bus), createMailboxLock(other)];
  const held = await mine.take('alice');
  t.not(held, null);
  t.same(await Promise.all([mine.take('alice'), beside.take('alice'), theirs.take('alice')]), [null, null, null]);
  t.not(await theirs.take('bob'), null);

  await t.test('until it gives it back', async (t) => {
    const waiting = theirs.take('alice');
    held?.[Symbol.dispose]();
    const next = await waiting;
    t.not(next, null);
    held?.[Symbol.dispose]();
    t.same(other.claims().sort(), ['mailbox alice', 'mailbox bob'], 'giving it back twice takes it from nobody');
    next?.[Symbol.dispose]();
  });
  await t.test('or its worker ends', async (t) => {
    t.not(await mine.take('alice'), null);
    bus.end();
    t.not(await theirs.take('alice'), null);
  });
});

t.test('a bus that fails leaves nothing held', async (t) => {
  const [bus] = createFakeBuses(1) as [FakeBus];
  const lock = createMailboxLock(bus);
  const { claim } = bus;
  bus.claim = () => Promise.reject(new Error('no master'));
  await t.rejects(lock.take('alice'), { message: 'no master' });
  bus.claim = claim;
  t.not(await lock.take('alice'), null);
});
