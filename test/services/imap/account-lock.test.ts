import t from 'tap';

import { createAccountLock } from '../../../src/services/imap/account-lock.ts';
import { createFakeBuses, type FakeBus } from '../../support/fake-bus.ts';

t.test('one at a time, over all workers', async (t) => {
  const [bus, other] = createFakeBuses(2) as [FakeBus, FakeBus];
  const locks = [createAccountLock(bus), createAccountLock(bus), createAccountLock(other)];
  let inside = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      await locks[index % 3]?.hold('alice', async () => {
        inside += 1;
        t.equal(inside, 1);
        await bus.settled();
        order.push(index);
        inside -= 1;
      });
    }),
  );
  t.equal(order.length, 12);
  t.same([bus.claims(), other.claims()], [[], []]);
});

t.test('accounts do not wait for each other', async (t) => {
  const [bus] = createFakeBuses(1) as [FakeBus];
  const lock = createAccountLock(bus);
  t.equal(await lock.hold('alice', () => lock.hold('bob', async () => 'both')), 'both');
});

t.test('what fails leaves nothing held', async (t) => {
  const [bus] = createFakeBuses(1) as [FakeBus];
  const lock = createAccountLock(bus);
  await t.rejects(
    lock.hold('alice', () => Promise.reject(new Error('no'))),
    { message: 'no' },
  );
  const { claim } = bus;
  bus.claim = () => Promise.reject(new Error('no master'));
  await t.rejects(
    lock.hold('alice', async () => {}),
    { message: 'no master' },
  );
  bus.claim = claim;
  t.equal(await lock.hold('alice', async () => 'ours'), 'ours');
});
