import { setImmediate as turn } from 'node:timers/promises';
import { mock } from 'node:test';
import t, { type Test } from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import type { ToMaster, ToWorker } from '../../src/contract/channel.ts';
import { createBusRouter, type BusRouter } from '../../src/master/bus.ts';
import { createWorkerBus, type WorkerBus } from '../../src/worker/bus.ts';

type BusMessage = Extract<ToWorker, { type: 'bus' | 'bus-ask' | 'bus-gone' }>;
type BusWord = Extract<ToMaster, { type: 'bus' | 'bus-answers' | 'bus-reply' | 'release' }>;

interface Member extends WorkerBus {
  /** Takes what the master sends without giving it to the worker: it is busy. */
  isBusy: boolean;
}

/** A worker's bus and the master's, with nothing between them. */
function join(router: BusRouter, id: string): Member {
  const bus = createWorkerBus({
    id,
    send: (message) => router.receive(id, message as BusWord),
    async ask(what, argument) {
      if (what === 'claim') return router.claim(id, argument as string);
      const { topic, message } = argument as { topic: string; message: Json };
      return router.request(id, topic, message);
    },
    failed: (_topic, error) => {
      throw error;
    },
  });
  const member = Object.assign(bus, { isBusy: false });
  router.join(id, (message) => {
    if (!member.isBusy) bus.receive(message as BusMessage);
  });
  return member;
}

t.test('everybody hears what is published but who said it', async (t) => {
  const router = createBusRouter();
  const heard: Json[] = [];
  const [a, b, c] = [join(router, 'a'), join(router, 'b'), join(router, 'c')];
  for (const bus of [a, b, c]) bus.subscribe('chat', (message, from) => heard.push([bus.id, from, message]));
  a.publish('chat', 'hello');
  a.publish('weather', 'rain');
  t.same(heard, [
    ['b', 'a', 'hello'],
    ['c', 'a', 'hello'],
  ]);
});

t.test('a request waits for the answers of all others', async (t) => {
  const router = createBusRouter();
  const [a, b, c] = [join(router, 'a'), join(router, 'b'), join(router, 'c')];
  join(router, 'silent');
  for (const bus of [a, b, c])
    bus.answer('sum', (message, from) => `${bus.id} adds to ${JSON.stringify(message)} of ${from}`);
  t.same(await a.request('sum', 1), [
    { from: 'b', reply: 'b adds to 1 of a' },
    { from: 'c', reply: 'c adds to 1 of a' },
  ]);
});

t.test('a request that nobody answers is over at once', async (t) => {
  const router = createBusRouter();
  const [a, b] = [join(router, 'a'), join(router, 'b')];
  const stop = b.answer('sum', () => 1);
  stop();
  t.same(await a.request('sum', 1), []);
});

t.test('a request does not wait for a worker that has gone', async (t) => {
  const router = createBusRouter();
  const [a, b, c] = [join(router, 'a'), join(router, 'b'), join(router, 'c')];
  for (const bus of [b, c]) bus.answer('sum', () => bus.id);
  b.isBusy = true;
  const answer = a.request('sum', 1);
  router.leave('b');
  t.same(await answer, [{ from: 'c', reply: 'c' }]);
  t.same(await a.request('sum', 1), [{ from: 'c', reply: 'c' }], 'nor is it asked again');
});

t.test('a request waits a second for a worker that is busy', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const router = createBusRouter();
  const [a, b, c] = [join(router, 'a'), join(router, 'b'), join(router, 'c')];
  for (const bus of [b, c]) bus.answer('sum', () => bus.id);
  b.isBusy = true;
  let replies: Json | null = null;
  void a.request('sum', 1).then((given) => (replies = given));
  mock.timers.tick(999);
  await turn();
  t.equal(replies, null);
  mock.timers.tick(1);
  await turn();
  t.same(replies, [{ from: 'c', reply: 'c' }]);
  router.receive('b', { type: 'bus-reply', id: 1, to: 'a', reply: 'too late' });
  t.same(replies, [{ from: 'c', reply: 'c' }]);
});

t.test('a name has one holder', async (t) => {
  const router = createBusRouter();
  const [a, b] = [join(router, 'a'), join(router, 'b')];
  t.equal(await a.claim('nick:bob'), true);
  t.equal(await b.claim('nick:bob'), false);
  t.equal(await a.claim('nick:bob'), true, 'who has it may claim it again');
  b.release('nick:bob');
  t.equal(await b.claim('nick:bob'), false, 'nobody gives back what is another’s');
  a.release('nick:bob');
  t.equal(await b.claim('nick:bob'), true);
});

t.test('the names of a worker that has ended are free, and the others hear of it', async (t) => {
  const router = createBusRouter();
  const [a, b, c] = [join(router, 'a'), join(router, 'b'), join(router, 'c')];
  const gone: string[] = [];
  b.onGone((id) => gone.push(`b hears of ${id}`));
  const stop = c.onGone((id) => gone.push(`c hears of ${id}`));
  await a.claim('nick:bob');
  router.leave('a');
  t.same(gone, ['b hears of a', 'c hears of a']);
  t.equal(await b.claim('nick:bob'), true);
  stop();
  router.leave('b');
  t.same(gone, ['b hears of a', 'c hears of a']);
});

t.test('the next master knows who holds what and who answers', async (t) => {
  const before = createBusRouter();
  const old = join(before, 'a');
  old.answer('sum', () => 'from the old master’s worker');
  await old.claim('nick:bob');
  const state: unknown = JSON.parse(JSON.stringify(before.save()));
  t.same(state, { claims: [['nick:bob', 'a']], answers: [['sum', ['a']]] });

  const after = createBusRouter();
  after.restore(state as ReturnType<BusRouter['save']>);
  const asked: ToWorker[] = [];
  after.join('a', (message) => asked.push(message));
  const fresh = join(after, 'b');
  t.equal(await fresh.claim('nick:bob'), false);
  const answer = fresh.request('sum', 1);
  t.match(asked, [{ type: 'bus-ask', topic: 'sum', from: 'b', message: 1 }]);
  after.receive('a', { type: 'bus-reply', id: 1, to: 'b', reply: 2 });
  t.same(await answer, [{ from: 'a', reply: 2 }]);
  after.leave('a');
  t.equal(await fresh.claim('nick:bob'), true);
});

t.test('a second answer of the same worker does not count', async (t) => {
  const router = createBusRouter();
  const [a, b, c] = [join(router, 'a'), join(router, 'b'), join(router, 'c')];
  for (const bus of [b, c]) bus.answer('sum', () => bus.id);
  c.isBusy = true;
  const answer = a.request('sum', 1);
  router.receive('b', { type: 'bus-reply', id: 1, to: 'a', reply: 'again' });
  router.leave('c');
  t.same(await answer, [{ from: 'b', reply: 'b' }]);
});

t.test('a worker that claims without end leaves names for the others', async (t) => {
  const router = createBusRouter();
  const [a, b] = [join(router, 'a'), join(router, 'b')];
  for (let number = 0; number < 100_000; number++) router.claim('a', `name ${number}`);
  t.equal(await a.claim('one more'), false);
  t.equal(await b.claim('one more'), true);
  a.release('name 0');
  t.equal(await a.claim('another'), true);
  router.leave('a');
  t.equal(router.save().claims.length, 1);
});

t.test('topics are kept only as long as somebody answers them, and a worker answers 1000', async (t) => {
  const router = createBusRouter();
  const [a, b] = [join(router, 'a'), join(router, 'b')];
  const stop = a.answer('sum', () => 1);
  await b.request('nobody answers this', 1);
  stop();
  t.same(router.save().answers, []);
  for (let number = 0; number < 1000; number++) a.answer(`topic ${number}`, () => 1);
  t.throws(() => a.answer('one more', () => 1), { message: 'more than 1000 topics are answered' });
  b.answer('one more', () => 1);
  router.leave('a');
  t.same(router.save().answers, [['one more', ['b']]]);
});

t.test('who says more than the others can take in has to end', async (t) => {
  const flood = { message: 'it floods the bus' };
  const setUp = (t: Test): { say(from: string, message: Json): void; heard(): number } => {
    let heard = 0;
    mock.method(performance, 'now', () => 0);
    t.teardown(() => mock.restoreAll());
    const router = createBusRouter();
    for (const id of ['a', 'b']) router.join(id, () => void (heard += 1));
    return {
      say: (from, message) => router.receive(from, { type: 'bus', topic: 'x', message }),
      heard: () => heard,
    };
  };

  t.test('two hundred thousand messages in ten seconds, and not one more', async (t) => {
    const { say, heard } = setUp(t);
    for (let count = 0; count < 200_000; count++) say('a', 1);
    t.throws(() => say('a', 1), flood);
    t.equal(heard(), 200_000, 'the others have not heard that');
    say('b', 1);
    t.equal(heard(), 200_001, 'each has its own measure');
  });

  t.test('thirty-two megabytes, and not one byte more', async (t) => {
    const { say, heard } = setUp(t);
    for (let count = 0; count < 32; count++) say('a', 'x'.repeat(1024 ** 2));
    t.throws(() => say('a', 1), flood);
    const half = 'x'.repeat(16 * 1024 ** 2 - 2);
    say('b', [half.slice(2)]);
    say('b', [half.slice(2)]);
    t.throws(() => say('b', null), flood, 'what is no text counts as it travels');
    t.equal(heard(), 34);
  });

  t.test('ten seconds later it counts from the start', async (t) => {
    let now = 0;
    mock.method(performance, 'now', () => now);
    t.teardown(() => mock.restoreAll());
    const router = createBusRouter();
    const message = 'x'.repeat(16 * 1024 ** 2);
    const say = (): void => router.receive('a', { type: 'bus', topic: 'x', message });
    say();
    now = 9_999;
    say();
    t.throws(say, flood);
    now = 10_000;
    say();
    say();
    t.throws(say, flood);
    router.leave('a');
    say();
  });
});
