import { mock } from 'node:test';

import t from 'tap';

import type { NewItem, QueuedItem } from '../../src/contract/queue.ts';
import { createIntake } from '../../src/registry/intake.ts';
import { newItem } from '../support/spool.ts';

function setUp(isSpooled: (item: QueuedItem) => boolean = () => true) {
  const added: string[][] = [];
  let woken = 0;
  let error: Error | null = null;
  const intake = createIntake({
    queue: {
      async add(items: readonly NewItem[], isThere = () => true) {
        if (error !== null) throw error;
        const ids = items.filter(({ item }) => isThere(item)).map(({ item }) => item.id);
        added.push(ids);
        return ids.length;
      },
    },
    isSpooled,
    wake: () => void (woken += 1),
  });
  return { intake, added, woken: () => woken, fail: (next: Error | null) => void (error = next) };
}

const items = (...ids: string[]): NewItem[] => ids.map((id) => newItem(id, ['archive']));

t.test('what comes in the same moment is one transaction, and one call of the courier', async (t) => {
  const { intake, added, woken } = setUp();
  await Promise.all([intake.add(items('a', 'b')), intake.add(items('c'))]);
  t.same(added, [['a', 'b', 'c']]);
  t.equal(woken(), 1);
  await intake.add(items('d'));
  t.same(added, [['a', 'b', 'c'], ['d']]);
});

t.test('while things keep coming, the courier is called now and then', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { intake, woken } = setUp();
  const add = (id: string): Promise<void> => intake.add(items(id));
  await add('a');
  t.equal(woken(), 1, 'at once, after a while');
  await add('b');
  await add('c');
  t.equal(woken(), 1);
  mock.timers.tick(19);
  t.equal(woken(), 1);
  mock.timers.tick(1);
  t.equal(woken(), 2, 'of both of them');
  await add('d');
  t.equal(woken(), 2);
  mock.timers.tick(20);
  t.equal(woken(), 3);
  mock.timers.tick(1_000);
  t.equal(woken(), 3);
  await add('e');
  t.equal(woken(), 4);
});

t.test('what has no file was delivered already, and is taken for good', async (t) => {
  const { intake, added, woken } = setUp(({ id }) => id !== 'a');
  await intake.add(items('a', 'b'));
  t.same(added, [['b']]);
  await intake.add(items('a'));
  t.same(added, [['b'], []]);
  t.equal(woken(), 1);
});

t.test('whoever asked hears of a failure, and the next one is tried', async (t) => {
  const { intake, added, woken, fail } = setUp();
  fail(new Error('the disk is full'));
  const both = [intake.add(items('a')), intake.add(items('b'))];
  for (const each of both) await t.rejects(each, { message: 'the disk is full' });
  t.equal(woken(), 0);
  fail(null);
  await intake.add(items('c'));
  t.same(added, [['c']]);
});
