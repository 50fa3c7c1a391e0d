import t from 'tap';

import type { Json } from '../../src/contract/bus.ts';
import type { ToMaster } from '../../src/contract/channel.ts';
import { createWorkerBus, type WorkerBus } from '../../src/worker/bus.ts';

// Together with the master's end it is tested in test/master/bus.test.ts.

interface Bench {
  readonly bus: WorkerBus;
  readonly sent: ToMaster[];
  readonly failures: string[];
}

function bench(answer: Json = null): Bench {
  const sent: ToMaster[] = [];
  const failures: string[] = [];
  const bus = createWorkerBus({
    id: 'me',
    send: (message) => sent.push(message),
    ask: async () => answer,
    failed: (topic, error) => failures.push(`${topic}: ${String(error)}`),
  });
  return { bus, sent, failures };
}

t.test('says to the master what it wants', async (t) => {
  const { bus, sent } = bench();
  bus.publish('chat', { text: 'hi' });
  const stop = bus.answer('sum', () => 1);
  stop();
  bus.release('nick:bob');
  t.same(sent, [
    { type: 'bus', topic: 'chat', message: { text: 'hi' } },
    { type: 'bus-answers', topic: 'sum', on: true },
    { type: 'bus-answers', topic: 'sum', on: false },
    { type: 'release', name: 'nick:bob' },
  ]);
});

t.test('a listener that throws is told of and keeps nobody else from hearing', async (t) => {
  const { bus, failures } = bench();
  const heard: Json[] = [];
  bus.subscribe('chat', () => {
    throw new Error('deaf');
  });
  bus.subscribe('chat', (message) => heard.push(message));
  bus.receive({ type: 'bus', topic: 'chat', from: 'other', message: 'hi' });
  t.same(heard, ['hi']);
  t.same(failures, ['chat: Error: deaf']);
});

t.test('who has ended the subscription hears nothing more', async (t) => {
  const { bus } = bench();
  const heard: Json[] = [];
  const end = bus.subscribe('chat', (message) => heard.push(message));
  bus.receive({ type: 'bus', topic: 'chat', from: 'other', message: 1 });
  end();
  bus.receive({ type: 'bus', topic: 'chat', from: 'other', message: 2 });
  t.same(heard, [1]);
});

t.test('answers what it is asked', async (t) => {
  const { bus, sent } = bench();
  bus.answer('sum', (message, from) => `${JSON.stringify(message)} from ${from}`);
  bus.receive({ type: 'bus-ask', topic: 'sum', from: 'other', id: 7, message: 1 });
  t.same(sent.at(-1), { type: 'bus-reply', id: 7, to: 'other', reply: '1 from other' });
});

t.test('a handler that throws is told of', async (t) => {
  const { bus, failures } = bench();
  bus.answer('sum', () => {
    throw new Error('no idea');
  });
  bus.receive({ type: 'bus-ask', topic: 'sum', from: 'other', id: 7, message: 1 });
  t.same(failures, ['sum: Error: no idea']);
});

t.test('a master that is about to end answers nothing: no reply, no claim', async (t) => {
  const { bus } = bench(null);
  t.same(await bus.request('sum', 1), []);
  t.equal(await bus.claim('nick:bob'), false);
});
