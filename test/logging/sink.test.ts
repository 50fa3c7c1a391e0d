import { once, EventEmitter } from 'node:events';

import t from 'tap';

import type { Link, LinkListener } from '../../src/logging/link.ts';
import { createSink, type SinkTuning } from '../../src/logging/sink.ts';

// Pauses of a sink keep no process alive; these tests wait for them.
const awake = setInterval(() => {}, 10_000);
t.teardown(() => clearInterval(awake));

type Done = (error: Error | null, sent: number) => void;

/** A target that the test plays: it opens, takes lines and breaks when the test says so. */
function setUp(tuning: Partial<SinkTuning> = {}) {
  const happens = new EventEmitter();
  const failures: string[] = [];
  const losses: number[] = [];
  const last: { listener?: LinkListener; done?: Done; now?: readonly string[] } = {};
  const counts = { opened: 0, closed: 0 };
  const sink = createSink({
    open(listener) {
      counts.opened += 1;
      last.listener = listener;
      queueMicrotask(() => happens.emit('opening'));
      return () => {};
    },
    failed: (error) => failures.push(error.message),
    lost: (count) => losses.push(count),
    tuning: { lingerMs: 0, shortestPauseMs: 0, longestPauseMs: 1, ...tuning },
  });
  const link: Link = {
    send(lines, done) {
      last.done = done;
      happens.emit('sent', lines);
    },
    sendNow(lines) {
      last.now = lines;
    },
    close() {
      counts.closed += 1;
    },
  };
  const sent = async (): Promise<readonly string[]> => (await once(happens, 'sent'))[0] as readonly string[];
  return { sink, link, last, counts, failures, losses, sent, opening: () => once(happens, 'opening') };
}

t.test('lines written before the target is open are sent when it is', async (t) => {
  const { sink, link, last, sent } = setUp();
  sink.write('a');
  sink.write('b');
  const lines = sent();
  last.listener!.opened(link);
  t.same(await lines, ['a', 'b']);
  sink.close();
});

t.test('one batch at a time, in order', async (t) => {
  const { sink, link, last, sent } = setUp();
  last.listener!.opened(link);
  const first = sent();
  sink.write('a');
  t.same(await first, ['a']);
  sink.write('b');
  sink.write('c');
  const second = sent();
  last.done!(null, 1);
  t.same(await second, ['b', 'c']);
  sink.close();
});

t.test('a full batch does not wait for its time', async (t) => {
  const { sink, link, last, sent } = setUp({ lingerMs: 1_000_000, maxBatch: 100 });
  last.listener!.opened(link);
  const lines = sent();
  sink.write('x'.repeat(100));
  t.same(await lines, ['x'.repeat(100)]);
  sink.close();
});

// It went out line by line as soon as the line before was through, which cost more than all else that a connection does.
t.test('less than a batch waits for company also when another batch was just sent', async (t) => {
  const { sink, link, last, sent } = setUp({ lingerMs: 1_000_000, maxBatch: 200 });
  last.listener!.opened(link);
  const first = sent();
  sink.write('x'.repeat(200));
  await first;
  sink.write('a');
  last.done!(null, 1);
  const second = sent();
  sink.write('b'.repeat(100));
  t.same(await second, ['a', 'b'.repeat(100)]);
  sink.close();
});

t.test('what was not sent is sent again through the next link', async (t) => {
  const { sink, link, last, counts, failures, sent, opening } = setUp();
  await opening();
  last.listener!.opened(link);
  for (const line of ['a', 'b', 'c']) sink.write(line);
  t.same(await sent(), ['a', 'b', 'c']);
  last.done!(new Error('no space'), 1);
  t.equal(counts.closed, 1);
  await opening();
  const again = sent();
  last.listener!.opened(link);
  t.same(await again, ['b', 'c']);
  t.same(failures, ['no space']);
  sink.close();
});

t.test('a link that breaks while it is sending is replaced once', async (t) => {
  const { sink, link, last, counts, failures, sent, opening } = setUp();
  await opening();
  last.listener!.opened(link);
  sink.write('a');
  await sent();
  last.listener!.broke(new Error('reset'));
  last.done!(new Error('reset'), 0);
  await opening();
  const again = sent();
  last.listener!.opened(link);
  t.same(await again, ['a']);
  t.equal(counts.opened, 2);
  t.same(failures, ['reset']);
  sink.close();
});

t.test('a target that is away costs its room and no more; the loss is told when it is back', async (t) => {
  const { sink, link, last, losses, sent, opening } = setUp({ maxWaiting: 650 });
  await opening();
  last.listener!.broke(new Error('refused'));
  // Each line costs 65: ten have room.
  for (let i = 0; i < 13; i += 1) sink.write(String(i % 10));
  t.equal(sink.dropped, 3);
  await opening();
  const lines = sent();
  last.listener!.opened(link);
  t.same(await lines, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  last.done!(null, 10);
  t.same(losses, [3]);
  sink.close();
});

t.test('flush resolves when all is sent', async (t) => {
  const { sink, link, last, sent } = setUp({ lingerMs: 1_000_000 });
  last.listener!.opened(link);
  sink.write('a');
  const lines = sent();
  const flushed = sink.flush();
  t.same(await lines, ['a']);
  last.done!(null, 1);
  await flushed;
  await sink.flush();
  sink.close();
});

t.test('flush does not wait for a target that is down, nor for ever', async (t) => {
  const { sink, link, last, sent } = setUp({ shortestPauseMs: 1_000_000, longestPauseMs: 1_000_000 });
  last.listener!.opened(link);
  sink.write('a');
  await sent();
  await sink.flush(1);
  t.pass('the target took its time, flush did not');
  const flushed = sink.flush(1_000_000);
  last.done!(new Error('reset'), 0);
  await flushed;
  await sink.flush(1_000_000);
  sink.close();
});

t.test('reopens when the batch under way is through', async (t) => {
  const { sink, link, last, counts, sent } = setUp();
  last.listener!.opened(link);
  sink.write('a');
  await sent();
  sink.reopen();
  t.same(counts, { opened: 1, closed: 0 });
  last.done!(null, 1);
  t.same(counts, { opened: 2, closed: 1 });
  sink.close();
});

t.test('reopening ends a pause', async (t) => {
  const { sink, last, counts } = setUp({ shortestPauseMs: 1_000_000, longestPauseMs: 1_000_000 });
  last.listener!.broke(new Error('no space'));
  sink.reopen();
  t.equal(counts.opened, 2);
  sink.close();
});

t.test('at the very end everything goes to the link at once', async (t) => {
  const { sink, link, last } = setUp({ lingerMs: 1_000_000 });
  last.listener!.opened(link);
  sink.write('a');
  sink.write('b');
  sink.flushSync();
  t.same(last.now, ['a', 'b']);
  sink.close();
});

t.test('a closed sink takes nothing and opens nothing', async (t) => {
  const { sink, link, last, counts } = setUp();
  sink.close();
  sink.write('a');
  sink.flushSync();
  await sink.flush();
  last.listener!.opened(link);
  t.equal(counts.closed, 1, 'what opened too late is closed');
});
