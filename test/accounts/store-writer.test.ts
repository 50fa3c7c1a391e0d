import { mock } from 'node:test';

import t, { type Test } from 'tap';

import { createStoreWriter, type StoreWriter } from '../../src/accounts/store-writer.ts';

const setUp = (
  t: Test,
): {
  store: { isDown: boolean };
  done: string[];
  told: string[];
  writer: StoreWriter;
  put: (what: string) => Promise<void>;
} => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const store = { isDown: false };
  const done: string[] = [];
  const told: string[] = [];
  const work = async (what: string): Promise<void> => {
    if (store.isDown) throw new Error(`no ${what}`);
    done.push(what);
  };
  const writer = createStoreWriter({ catchUp: () => work('all'), failed: ({ message }) => told.push(message) });
  return { store, done, told, writer, put: (what) => writer.write(() => work(what)) };
};

const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(() => setImmediate(resolve)));

t.test('what comes before the start is written with everything', async (t) => {
  const { done, writer, put } = setUp(t);
  await put('one');
  t.same(done, []);
  await writer.start();
  await put('two');
  t.same(done, ['all', 'two']);
});

t.test('a failure is told once, and everything is written when the store works again', async (t) => {
  const { store, done, told, writer, put } = setUp(t);
  await writer.start();
  store.isDown = true;
  await put('one');
  await put('two');
  mock.timers.tick(60_000);
  await settled();
  t.same(told, ['no one']);
  store.isDown = false;
  await put('three');
  mock.timers.tick(59_999);
  await settled();
  t.same(done, ['all'], 'not yet');
  mock.timers.tick(1);
  await settled();
  await put('four');
  t.same(done, ['all', 'all', 'four']);
  store.isDown = true;
  await put('five');
  t.same(told, ['no one', 'no five'], 'another outage');
});

t.test('a store that does not start is tried again', async (t) => {
  const { store, done, told, writer } = setUp(t);
  store.isDown = true;
  await writer.start();
  t.same(told, ['no all']);
  store.isDown = false;
  mock.timers.tick(60_000);
  await settled();
  t.same(done, ['all']);
});

t.test('what changes while everything is written is written too', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let times = 0;
  const writer = createStoreWriter({
    catchUp: () => ((times += 1) === 1 ? promise : Promise.resolve()),
    failed: () => {},
  });
  const started = writer.start();
  await writer.write(() => Promise.reject(new Error('is left out')));
  resolve();
  await started;
  t.equal(times, 2);
});

t.test('after its end it does nothing', async (t) => {
  const { store, done, told, writer, put } = setUp(t);
  await writer.start();
  store.isDown = true;
  await put('one');
  writer.close();
  store.isDown = false;
  mock.timers.tick(60_000);
  await settled();
  await put('two');
  t.same([done, told], [['all'], ['no one']]);
});
