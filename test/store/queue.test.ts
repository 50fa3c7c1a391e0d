import t, { type Test } from 'tap';

import { mailboxDelivery, type Lease, type Outcome, type QueueTable, type Task } from '../../src/contract/queue.ts';
import { openStore } from '../../src/store/store.ts';
import { newItem, queuedItem } from '../support/spool.ts';
import { scratchFile } from './scratch.ts';

function open(t: Test, file = scratchFile(t)): QueueTable {
  const store = openStore(file);
  t.teardown(store.close);
  return store.queue;
}

const lease = (more: Partial<Lease> = {}): Lease => ({
  delivery: 'archive',
  limit: 10,
  now: 5_000,
  until: 60_000,
  owner: '1-1',
  retriesFirst: false,
  ...more,
});

const idsOf = (tasks: readonly Task[]): string => tasks.map(({ id }) => id).join(' ');
const all = { ids: [], delivery: null };
const listAll = { ...all, state: null, limit: 100 };

type Result = Outcome extends infer Each
  ? Each extends Outcome
    ? Omit<Each, 'id' | 'delivery' | 'mailbox'>
    : never
  : never;

async function settle(queue: QueueTable, tasks: readonly Task[], result: Result, owner = '1-1'): Promise<void> {
  await queue.settle(
    owner,
    tasks.map(({ id, delivery, mailbox }) => ({ id, delivery, mailbox, ...result })),
  );
}

async function take(queue: QueueTable, result: Result, more: Partial<Lease> = {}): Promise<string> {
  const tasks = await queue.lease(lease(more));
  await settle(queue, tasks, result);
  return idsOf(tasks);
}

t.test('keeps all that is known of an item, over a restart too', async (t) => {
  const file = scratchFile(t);
  const item = queuedItem('a', {
    account: 'alice',
    mediaType: 'message/rfc822',
    mail: { from: '', to: ['b@example.com', 'ü@example.com'], subject: 'Scan "1"\n' },
  });
  const first = openStore(file);
  await first.queue.add([{ item, deliveries: ['archive'], mailboxes: ['alice'] }]);
  first.close();
  const queue = open(t, file);
  t.same((await queue.find('a'))?.item, item);
  t.same(await queue.lease(lease()), [{ id: 'a', delivery: 'archive', mailbox: '', attempts: 0, since: 1_000, item }]);
  t.same(await queue.lease(lease({ delivery: mailboxDelivery })), [
    { id: 'a', delivery: mailboxDelivery, mailbox: 'alice', attempts: 0, since: 1_000, item },
  ]);
});

t.test('what is known is not added again', async (t) => {
  const queue = open(t);
  await queue.add([newItem('a', ['archive'])]);
  await take(queue, { result: 'done' });
  await queue.add([newItem('a', ['archive', 'relay'], { name: 'other' }), newItem('b', ['archive'])]);
  t.equal(idsOf(await queue.lease(lease())), 'b');
  t.equal(idsOf(await queue.lease(lease({ delivery: 'relay' }))), '');
});

t.test('all of a batch or nothing', async (t) => {
  const queue = open(t);
  const wrong = { ...queuedItem('b'), size: 'large' as unknown as number };
  await t.rejects(queue.add([newItem('a', ['archive']), { item: wrong, deliveries: [], mailboxes: [] }]), {
    name: 'StoreError',
  });
  t.same(await queue.list(listAll), []);
});

t.test('tasks come in the order of their items, whatever clock and name say', async (t) => {
  const queue = open(t);
  await queue.add([newItem('c', ['archive'], { received: 3_000 }), newItem('a', ['archive'], { received: 1_000 })]);
  await queue.add([newItem('b', ['archive'], { received: 2_000 }), newItem('d', ['other'])]);
  t.equal(idsOf(await queue.lease(lease({ limit: 2 }))), 'c a');
  t.equal(idsOf(await queue.lease(lease({ limit: 2 }))), 'b');
  t.equal(idsOf(await queue.lease(lease({ limit: 2 }))), '');
});

t.test('a lease keeps others away until it ends', async (t) => {
  const queue = open(t);
  await queue.add([newItem('a', ['archive'])]);
  await queue.lease(lease({ until: 60_000 }));
  t.equal(idsOf(await queue.lease(lease({ now: 59_999, owner: '2-1' }))), '');
  t.equal(idsOf(await queue.lease(lease({ now: 60_000, until: 90_000, owner: '2-1' }))), 'a');
  const late = [{ id: 'a', delivery: 'archive', mailbox: '' }] as unknown as Task[];
  await settle(queue, late, { result: 'done' });
  t.match(await queue.list(listAll), [{ state: 'delivering' }], 'the first one has nothing to say any more');
  await settle(queue, late, { result: 'done' }, '2-1');
  t.match(await queue.list(listAll), [{ state: 'done' }]);
});

t.test('what an owner had, another gives back', async (t) => {
  const queue = open(t);
  await queue.add([newItem('a', ['archive']), newItem('b', ['archive']), newItem('c', ['archive'])]);
  await take(queue, { result: 'retry', at: 10, reason: 'down' }, { limit: 1 });
  await queue.lease(lease({ limit: 2 }));
  await queue.lease(lease({ limit: 1, owner: '2-1' }));
  t.same([...(await queue.owners())].sort(), ['1-1', '2-1']);
  await queue.release('1-1');
  t.same(await queue.owners(), ['2-1']);
  t.equal(idsOf(await queue.lease(lease())), 'b c');
  await queue.release('2-1');
  t.equal(idsOf(await queue.lease(lease())), 'a', 'which is still one that was tried before');
});

t.test('a retry waits for its time, and holds nobody up', async (t) => {
  const queue = open(t);
  await queue.add(['a', 'b', 'c', 'd'].map((id) => newItem(id, ['archive'])));
  await take(queue, { result: 'retry', at: 9_000, reason: 'down' }, { limit: 1 });
  await take(queue, { result: 'retry', at: 8_000, reason: 'down' }, { limit: 1 });
  t.match(await queue.list({ ...listAll, ids: ['a'] }), [
    { id: 'a', state: 'queued', attempts: 1, reason: 'down', next: '1970-01-01T00:00:09.000Z' },
  ]);
  const ask = async (more: Partial<Lease>): Promise<string> => {
    const tasks = await queue.lease(lease(more));
    await settle(queue, tasks, { result: 'back' });
    return idsOf(tasks);
  };
  t.equal(await ask({ now: 7_999 }), 'c d');
  t.equal(await ask({ now: 8_000, retriesFirst: true }), 'b c d');
  t.equal(
    await ask({ now: 9_000, retriesFirst: true, limit: 3 }),
    'b a c',
    'by their time; what was given back has waited',
  );
  t.equal(await ask({ now: 9_000, retriesFirst: false, limit: 3 }), 'c d a');
});

t.test('what is given back is as it was', async (t) => {
  const queue = open(t);
  await queue.add([newItem('a', ['archive']), newItem('b', ['archive'])]);
  t.equal(await take(queue, { result: 'back' }), 'a b');
  t.match(await queue.list(listAll), [
    { state: 'queued', attempts: 0, next: null, reason: null },
    { state: 'queued', attempts: 0 },
  ]);
  t.equal(await take(queue, { result: 'done' }), 'a b');
});

t.test('what is given up stays, with its reason', async (t) => {
  const queue = open(t);
  await queue.add([newItem('a', ['archive'])]);
  await take(queue, { result: 'failed', reason: 'no such folder' });
  t.match(await queue.list(listAll), [{ id: 'a', state: 'failed', attempts: 1, reason: 'no such folder', next: null }]);
  t.equal(idsOf(await queue.lease(lease({ now: Number.MAX_SAFE_INTEGER }))), '');
  t.same(await queue.finished(10), []);
});

t.test('an item is finished with its last task', async (t) => {
  const queue = open(t);
  await queue.add([{ item: queuedItem('a'), deliveries: ['archive', 'relay'], mailboxes: ['alice'] }]);
  await take(queue, { result: 'done' });
  await take(queue, { result: 'skipped' }, { delivery: 'relay' });
  t.same(await queue.finished(10), []);
  await take(queue, { result: 'done' }, { delivery: mailboxDelivery });
  t.same(await queue.finished(10), [{ id: 'a', folder: '1000', file: 'a', isLast: true }]);
  t.same(
    await queue.finished(10),
    [{ id: 'a', folder: '1000', file: 'a', isLast: true }],
    'until its file is known to have gone',
  );
  await queue.remove(['a']);
  t.same(await queue.finished(10), []);
  t.equal(await queue.find('a'), null);
  t.same(await queue.list(listAll), []);
});

t.test('a file goes with the last item in it', async (t) => {
  const queue = open(t);
  const shared = { file: 'shared' };
  await queue.add(['a', 'b', 'c'].map((id) => newItem(id, ['archive'], shared)));
  await take(queue, { result: 'done' }, { limit: 1 });
  t.same(await queue.finished(10), [{ id: 'a', folder: '1000', file: 'shared', isLast: false }]);
  await take(queue, { result: 'done' }, { limit: 2 });
  t.same(await queue.finished(2), [
    { id: 'a', folder: '1000', file: 'shared', isLast: true },
    { id: 'b', folder: '1000', file: 'shared', isLast: true },
  ]);
  t.equal(await queue.replay({ ids: ['c'], delivery: null, to: null }, 0), 0, 'from then on nothing in it comes back');
  await queue.remove(['a', 'b']);
  t.match(await queue.finished(10), [{ id: 'c', isLast: true }]);
});

t.test('what lies in a file that may still grow waits, and so does the file', async (t) => {
  const file = scratchFile(t);
  const queue = open(t, file);
  await queue.add([newItem('a', ['archive'], { file: 'shared' }), newItem('b', ['archive'])]);
  await take(queue, { result: 'done' });
  const asked: unknown[] = [];
  const isHeld = (item: { readonly file: string }): boolean => {
    asked.push(item);
    return item.file === 'shared';
  };
  t.match(await queue.finished(10, isHeld), [{ id: 'b', isLast: true }]);
  t.match(asked, [
    { folder: '1000', file: 'shared' },
    { folder: '1000', file: 'b' },
  ]);
  t.equal(await queue.replay({ ids: ['a'], delivery: null, to: null }, 0), 1, 'its file is not given up yet');
  await take(queue, { result: 'done' });
  await queue.add([newItem('c', ['archive'], { file: 'shared' })]);
  t.match(await queue.finished(10), [
    { id: 'a', isLast: false },
    { id: 'b', isLast: true },
  ]);
});

// Regression: behind as many as are asked for nothing was removed, however long one of the files was held.
t.test('however many are held, those behind them go', async (t) => {
  const queue = open(t);
  const held = Array.from({ length: 5 }, (_, at) => newItem(`held${at}`, ['archive'], { file: 'held' }));
  await queue.add([...held, ...['a', 'b', 'c'].map((id) => newItem(id, ['archive']))]);
  await take(queue, { result: 'done' });
  const isHeld = ({ file }: { readonly file: string }): boolean => file === 'held';
  t.match(await queue.finished(2, isHeld), [{ id: 'a' }, { id: 'b' }]);
  await queue.remove(['a', 'b']);
  t.match(await queue.finished(2, isHeld), [{ id: 'c' }]);
  t.equal((await queue.finished(10)).length, 6);
});

// Regression: of a worker that was killed things came into the queue in the moment in which their file was given up.
t.test('nothing is added whose file is not there, or about to go', async (t) => {
  const queue = open(t);
  const shared = (id: string) => newItem(id, ['archive'], { file: 'shared' });
  t.equal(await queue.add([shared('a'), newItem('x', ['archive'])], ({ id }) => id !== 'x'), 1);
  t.equal(await queue.find('x'), null);
  await take(queue, { result: 'done' });
  t.match(await queue.finished(10), [{ id: 'a', isLast: true }]);
  t.equal(await queue.add([shared('b')]), 0);
  t.equal(await queue.find('b'), null);
});

t.test('whether a file is held is asked while nobody can add anything', async (t) => {
  const file = scratchFile(t);
  const [queue, other] = [open(t, file), openStore(file, { busyMs: 1 })];
  t.teardown(other.close);
  await queue.add([newItem('a', ['archive'], { file: 'shared' })]);
  await take(queue, { result: 'done' });
  const adding: Promise<unknown>[] = [];
  await queue.finished(10, () => {
    const added = other.queue.add([newItem('b', ['archive'], { file: 'shared' })]);
    adding.push(t.rejects(added, /another process holds the database/));
    return false;
  });
  await Promise.all(adding);
  t.equal(adding.length, 1);
});

t.test('what has nowhere to go is finished at once', async (t) => {
  const queue = open(t);
  await queue.add([newItem('a', [])]);
  t.same(await queue.finished(10), [{ id: 'a', folder: '1000', file: 'a', isLast: true }]);
});

t.test('what is not finished is not removed', async (t) => {
  const queue = open(t);
  await queue.add([newItem('a', ['archive'])]);
  await queue.remove(['a']);
  t.equal(idsOf(await queue.lease(lease())), 'a');
});

t.test('counts what waits, what was given up, and what was ever delivered', async (t) => {
  const queue = open(t);
  t.same(await queue.counts(), []);
  await queue.add(['a', 'b', 'c', 'd', 'e'].map((id) => newItem(id, ['archive', 'relay'])));
  await take(queue, { result: 'done' }, { limit: 2 });
  await take(queue, { result: 'failed', reason: 'no' }, { limit: 1 });
  await take(queue, { result: 'skipped' }, { delivery: 'relay', limit: 1 });
  await take(queue, { result: 'done' }, { delivery: 'relay', limit: 1 });
  await queue.drop({ ids: ['b'], delivery: 'relay' });
  await queue.remove((await queue.finished(10)).map(({ id }) => id));
  t.same(await queue.counts(), [
    { delivery: 'archive', queued: 2, failed: 1, delivered: 2 },
    { delivery: 'relay', queued: 3, failed: 0, delivered: 1 },
  ]);
});

t.test('a clock that was set back lets nothing wait for longer than it may', async (t) => {
  const queue = open(t);
  await queue.add(['a', 'b', 'c'].map((id) => newItem(id, ['archive'])));
  await take(queue, { result: 'retry', at: 9_000, reason: '' }, { limit: 1 });
  await take(queue, { result: 'retry', at: 9_001, reason: '' }, { limit: 1 });
  await queue.settleClock(1_000, 8_000);
  const tasks = await queue.list(listAll);
  t.same(
    tasks.map(({ next }) => next),
    ['1970-01-01T00:00:09.000Z', '1970-01-01T00:00:01.000Z', null],
  );
});

t.test('orders', async (t) => {
  const prepare = async (t: Test): Promise<QueueTable> => {
    const queue = open(t);
    await queue.add(['a', 'b', 'c'].map((id) => newItem(id, ['archive', 'relay'])));
    // a is done, b given up, c waits; the relay has taken none yet.
    await take(queue, { result: 'done' }, { limit: 1 });
    await take(queue, { result: 'failed', reason: 'no' }, { limit: 1 });
    await take(queue, { result: 'retry', at: 50_000, reason: 'down' }, { limit: 1 });
    return queue;
  };
  const states = async (queue: QueueTable): Promise<string[]> =>
    (await queue.list(listAll)).map(({ id, delivery, state, attempts }) => `${id} ${delivery} ${state} ${attempts}`);

  t.test('retry', async (t) => {
    const queue = await prepare(t);
    t.equal(await queue.retry({ ids: ['b', 'c', 'missing'], delivery: 'archive' }, 7_000), 2);
    t.match(
      (await queue.list({ ...listAll, delivery: 'archive' })).map(({ reason }) => reason),
      [null, null, null],
      'why it failed before goes with the count of that',
    );
    const [b, c] = await queue.lease(lease());
    t.match(
      [b, c],
      [
        { id: 'b', attempts: 0, since: 7_000 },
        { id: 'c', attempts: 0, since: 7_000 },
      ],
    );
    t.equal(await queue.retry(all, 8_000), 3, 'those under way are not touched, and those done stay done');
  });

  t.test('drop', async (t) => {
    const queue = await prepare(t);
    await queue.lease(lease({ delivery: 'relay', limit: 1 }));
    t.equal(await queue.drop(all), 4);
    t.same(await states(queue), [
      'a archive done 1',
      'a relay delivering 0',
      'b archive done 1',
      'b relay done 0',
      'c archive done 1',
      'c relay done 0',
    ]);
    t.same(
      (await queue.finished(10)).map(({ id }) => id),
      ['b', 'c'],
    );
    t.equal(await queue.drop(all), 0);
  });

  t.test('only of a state', async (t) => {
    const queue = await prepare(t);
    const ofArchive = { ids: [], delivery: 'archive' };
    t.equal(await queue.replay({ ...ofArchive, state: 'done', to: 'other' }, 7_000), 1);
    t.equal(idsOf(await queue.lease(lease({ delivery: 'other' }))), 'a');
    t.equal(await queue.drop({ ...ofArchive, state: 'failed' }), 1, 'what waits is not lost with it');
    t.equal(await queue.retry({ ...ofArchive, state: 'queued' }, 7_000), 1);
    t.equal(await queue.retry({ ...ofArchive, state: 'failed' }, 7_000), 0);
    t.equal(await queue.drop({ ...ofArchive, state: 'delivering' }), 0, 'what is under way comes to its end');
  });

  t.test('replay', async (t) => {
    const queue = await prepare(t);
    t.equal(await queue.replay({ ids: ['a'], delivery: 'archive', to: null }, 7_000), 1);
    t.match(await queue.lease(lease({ limit: 1 })), [{ id: 'a', attempts: 0, since: 7_000 }]);
    t.equal(await queue.replay({ ids: ['a'], delivery: 'archive', to: null }, 7_000), 0, 'it is under way');
  });

  t.test('replay of what is done, as long as its file is there', async (t) => {
    const queue = await prepare(t);
    await take(queue, { result: 'done' }, { delivery: 'relay', limit: 1 });
    t.equal(await queue.replay({ ids: ['a'], delivery: 'relay', to: null }, 7_000), 1);
    t.same(await queue.finished(10), []);
    await take(queue, { result: 'done' }, { delivery: 'relay', limit: 1 });
    t.match(await queue.finished(10), [{ id: 'a' }]);
    t.equal(await queue.replay({ ids: ['a'], delivery: 'relay', to: null }, 7_000), 0);
  });

  t.test('replay by another delivery', async (t) => {
    const queue = await prepare(t);
    t.equal(await queue.replay({ ids: [], delivery: 'archive', to: 'other' }, 7_000), 3);
    t.equal(idsOf(await queue.lease(lease({ delivery: 'other' }))), 'a b c');
    t.equal(
      await queue.replay({ ids: [], delivery: 'archive', to: 'relay' }, 7_000),
      3,
      'those that it had begin anew',
    );
    t.equal((await queue.list(listAll)).length, 9);
  });
});

t.test('lists by id, delivery and state, and no more than asked for', async (t) => {
  const queue = open(t);
  await queue.add(['a', 'b', 'c'].map((id) => newItem(id, ['archive', 'relay'])));
  await queue.lease(lease({ limit: 1 }));
  const list = async (more: object): Promise<string> =>
    (await queue.list({ ...listAll, ...more })).map(({ id, delivery }) => `${id}/${delivery}`).join(' ');
  t.equal(await list({ ids: ['b'] }), 'b/archive b/relay');
  t.equal(await list({ delivery: 'relay' }), 'a/relay b/relay c/relay');
  t.equal(await list({ state: 'delivering' }), 'a/archive');
  t.equal(await list({ state: 'queued', limit: 2 }), 'a/relay b/archive');
  t.equal(await list({ ids: ['c'], delivery: 'archive', state: 'failed' }), '');
});

t.test('tells which it knows', async (t) => {
  const queue = open(t);
  await queue.add([newItem('a', ['archive']), newItem('b', ['archive'])]);
  await queue.add([newItem('c', ['archive'], { file: 'shared' }), newItem('d', ['archive'], { file: 'shared' })]);
  t.same([...(await queue.known(['b', 'shared', 'c', 'x', "'; DROP TABLE items"]))].sort(), ['b', 'shared']);
  t.equal(await queue.find('x'), null);
});

t.test('two processes share it', async (t) => {
  const file = scratchFile(t);
  const [one, other] = [open(t, file), open(t, file)];
  await one.add([newItem('a', ['archive']), newItem('b', ['archive'])]);
  t.equal(idsOf(await other.lease(lease({ limit: 1 }))), 'a');
  t.equal(idsOf(await one.lease(lease({ limit: 2, owner: '2-1' }))), 'b');
});
