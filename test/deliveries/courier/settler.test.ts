import t from 'tap';

import type { Outcome } from '../../../src/contract/queue.ts';
import { createSettler } from '../../../src/deliveries/courier/settler.ts';

const done = (id: string): Outcome => ({ id, delivery: 'archive', mailbox: '', result: 'done' });

function setUp() {
  const written: string[][] = [];
  const troubles: unknown[] = [];
  let failures = 0;
  const wrote = Promise.withResolvers<void>();
  const settler = createSettler({
    queue: {
      async settle(owner, outcomes) {
        if (failures-- > 0) throw new Error('the disk is full');
        written.push([owner, ...outcomes.map(({ id }) => id)]);
        wrote.resolve();
      },
    },
    owner: 'me',
    failed: (error) => troubles.push(error),
    againMs: 1,
  });
  return { settler, written, troubles, wrote: wrote.promise, fail: (times: number) => void (failures = times) };
}

t.test('what comes in a moment is one transaction', async (t) => {
  const { settler, written, wrote } = setUp();
  for (const id of ['a', 'b', 'c']) settler.settle(done(id));
  t.same(written, []);
  await wrote;
  t.same(written, [['me', 'a', 'b', 'c']]);
});

t.test('it does not gather for ever', async (t) => {
  const { settler, written } = setUp();
  for (let at = 0; at < 64; at += 1) settler.settle(done(String(at)));
  await settler.flush();
  t.equal(written.length, 1);
  t.equal(written[0]?.length, 65);
});

t.test('what cannot be written is written later, in its order', async (t) => {
  const { settler, written, troubles, wrote, fail } = setUp();
  fail(2);
  settler.settle(done('a'));
  await settler.flush();
  t.match(troubles, [{ message: 'the disk is full' }]);
  settler.settle(done('b'));
  await wrote;
  t.same(written, [['me', 'a', 'b']]);
});

t.test('nothing to write is no transaction', async (t) => {
  const { settler, written } = setUp();
  await settler.flush();
  t.same(written, []);
});
