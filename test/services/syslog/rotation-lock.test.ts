import t from 'tap';

import { createRotationLock } from '../../../src/services/syslog/rotation-lock.ts';
import { createFakeBuses } from '../../support/fake-bus.ts';

t.test('one at a time, of workers and of services in one of them', async (t) => {
  const [one, two] = createFakeBuses(2);
  const [first, second, other] = [createRotationLock(one!), createRotationLock(one!), createRotationLock(two!)];
  const held = await first.take('/log');
  t.ok(held);
  t.equal(await second.take('/log'), null);
  t.equal(await other.take('/log'), null);
  const another = await other.take('/other');
  t.ok(another, 'another file is another matter');
  held?.[Symbol.dispose]();
  another?.[Symbol.dispose]();
  const next = await other.take('/log');
  t.ok(next);
  t.equal(await second.take('/log'), null);
  next?.[Symbol.dispose]();
});

t.test('the lock of a worker that ends is free', async (t) => {
  const [one, two] = createFakeBuses(2);
  await createRotationLock(one!).take('/log');
  one!.end();
  t.ok(await createRotationLock(two!).take('/log'));
});
