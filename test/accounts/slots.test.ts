import t from 'tap';

import { BusyError, createSlots } from '../../src/accounts/slots.ts';

t.test('so many at once, so many wait, and then no more', async (t) => {
  const slots = createSlots(2, 1);
  const started: string[] = [];
  const tasks = new Map<string, PromiseWithResolvers<string>>();
  const run = (name: string): Promise<string> =>
    slots(() => {
      started.push(name);
      const task = Promise.withResolvers<string>();
      tasks.set(name, task);
      return task.promise;
    });
  const [a, b, c] = [run('a'), run('b'), run('c')];
  t.same(started, ['a', 'b']);
  await t.rejects(run('d'), new BusyError('1 are waiting for their passwords to be checked'));
  tasks.get('b')?.resolve('done');
  t.equal(await b, 'done');
  await new Promise(setImmediate);
  t.same(started, ['a', 'b', 'c'], 'the one that waited');
  tasks.get('a')?.reject(new Error('broken'));
  await t.rejects(a, { message: 'broken' }, 'a failure gives its slot back too');
  tasks.get('c')?.resolve('done');
  await c;
  const [e, f] = [run('e'), run('f')];
  t.same(started.slice(3), ['e', 'f']);
  for (const name of ['e', 'f']) tasks.get(name)?.resolve('');
  await Promise.all([e, f]);
});

t.test('a queue of none', async (t) => {
  const slots = createSlots(1, 0);
  const first = Promise.withResolvers<void>();
  const running = slots(() => first.promise);
  await t.rejects(
    slots(() => Promise.resolve()),
    { name: 'BusyError' },
  );
  first.resolve();
  await running;
  await slots(() => Promise.resolve());
});
