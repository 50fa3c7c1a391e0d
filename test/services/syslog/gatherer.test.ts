import { setImmediate as turn } from 'node:timers/promises';

import t, { type Test } from 'tap';

import {
  createGatherer,
  type Batch,
  type GathererOptions,
  type Sender,
} from '../../../src/services/syslog/gatherer.ts';

const peer = { address: '192.0.2.1', port: 514, family: 'IPv4' } as const;
const one: Sender = { session: 'one', peer };
const two: Sender = { session: 'two', peer };

function stage(t: Test, options: Partial<GathererOptions> = {}) {
  const carried: Batch[] = [];
  const failures: unknown[] = [];
  let worked = 0;
  const gatherer = createGatherer({
    maxCount: 3,
    maxBytes: 100,
    timeMs: 60_000,
    maxHeldBytes: 1000,
    carry: async (batch) => void carried.push(batch),
    failed: (error) => {
      failures.push(error);
      return 0;
    },
    worked: () => void (worked += 1),
    ...options,
  });
  t.teardown(() => gatherer.finish(0));
  const texts = (): string[] => carried.map(({ lines }) => lines.join('').replaceAll('\n', ' ').trim());
  return { gatherer, carried, failures, texts, worked: () => worked };
}

t.test('a batch ends with its count', async (t) => {
  const { gatherer, texts } = stage(t);
  for (const line of ['1\n', '2\n', '3\n', '4\n']) gatherer.add(line, one);
  await turn();
  t.same(texts(), ['1 2 3']);
  await gatherer.flush();
  t.same(texts(), ['1 2 3', '4']);
});

t.test('a batch ends with its size, in bytes of UTF-8', async (t) => {
  const { gatherer, texts, carried } = stage(t, { maxBytes: 8 });
  for (const line of ['123\n', '567\n', 'üü\n', 'ab\n', 'longer than that\n', 'x\n']) gatherer.add(line, one);
  await gatherer.flush();
  t.same(texts(), ['123 567', 'üü ab', 'longer than that', 'x']);
  t.same(
    carried.map(({ bytes }) => bytes),
    [8, 8, 17, 2],
  );
});

t.test('a batch ends with its time', async (t) => {
  const arrived = Promise.withResolvers<Batch>();
  const { gatherer } = stage(t, { timeMs: 1, carry: async (batch) => arrived.resolve(batch) });
  gatherer.add('1\n', one);
  t.same((await arrived.promise).lines, ['1\n']);
});

t.test('without a time, what was read together goes at once, and what comes meanwhile together', async (t) => {
  const gates: PromiseWithResolvers<void>[] = [];
  const { gatherer, carried, texts } = stage(t, {
    timeMs: 0,
    async carry(batch) {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      carried.push(batch);
    },
  });
  gatherer.add('1\n', one);
  gatherer.add('2\n', one);
  await turn();
  await turn();
  t.equal(gates.length, 1);
  gatherer.add('3\n', one);
  await turn();
  gatherer.add('4\n', one);
  await turn();
  gates[0]?.resolve();
  await turn();
  t.same([texts(), gates.length], [['1 2'], 2]);
  gates[1]?.resolve();
  await gatherer.flush();
  t.same(texts(), ['1 2', '3 4']);
});

t.test('a batch knows whose it is', async (t) => {
  const { gatherer, carried } = stage(t);
  for (const sender of [one, one, one, one, two, one]) gatherer.add('x\n', sender);
  await gatherer.flush();
  t.same(
    carried.map(({ sender, isMixed }) => [sender.session, isMixed]),
    [
      ['one', false],
      ['one', true],
    ],
  );
});

t.test('a failure is tried again, and the order stays', async (t) => {
  let fails = 3;
  const { gatherer, texts, carried, failures, worked } = stage(t, {
    async carry(batch) {
      if (fails > 0) {
        fails -= 1;
        throw new Error('not now');
      }
      carried.push(batch);
    },
  });
  for (const line of ['1\n', '2\n', '3\n', '4\n']) gatherer.add(line, one);
  await gatherer.flush();
  t.same(texts(), ['1 2 3', '4']);
  t.same([failures.length, worked()], [3, 2]);
});

t.test('is full at its limit, until something is carried away', async (t) => {
  const gate = Promise.withResolvers<void>();
  // A line counts for 64 bytes more than it has.
  const { gatherer } = stage(t, { maxCount: 1, maxHeldBytes: 2 * 66, carry: () => gate.promise });
  gatherer.add('1\n', one);
  t.equal(gatherer.isFull, false);
  gatherer.add('2\n', one);
  t.equal(gatherer.isFull, true);
  const abortion = new AbortController();
  const aborted = gatherer.room(abortion.signal);
  abortion.abort();
  await aborted;
  t.equal(gatherer.isFull, true, 'who is to end need not wait');
  const room = gatherer.room(new AbortController().signal);
  gate.resolve();
  await room;
  t.equal(gatherer.isFull, false);
});

t.test('at the end everything is carried away', async (t) => {
  const { gatherer, texts } = stage(t);
  gatherer.add('1\n', one);
  t.equal(await gatherer.finish(1000), 0);
  t.same(texts(), ['1']);
});

t.test('at the end there is no pause, and what cannot be carried away is counted', async (t) => {
  const { gatherer, failures } = stage(t, {
    async carry() {
      throw new Error('never');
    },
    failed(error) {
      failures.push(error);
      return 3_600_000;
    },
  });
  for (const line of ['1\n', '2\n', '3\n', '4\n']) gatherer.add(line, one);
  while (failures.length === 0) await turn();
  const flushed = gatherer.flush();
  t.equal(await gatherer.finish(0), 4);
  await flushed;
  t.ok(failures.length >= 2, 'it was tried once more');
});
