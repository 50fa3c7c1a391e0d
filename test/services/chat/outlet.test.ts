import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';

import { createOutlets } from '../../../src/services/chat/outlet.ts';

const line = (text: string): Buffer => Buffer.from(`${text}\r\n`);

/** Keeps the chunks it gets; `isStuck` makes it take the first and never ask for more. */
function createSink({ isStuck = false } = {}): { stream: Writable; chunks: Buffer[] } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      if (!isStuck) done();
    },
  });
  return { stream, chunks };
}

const neverOver = { maxBytes: 1000, onOverflow: () => t.fail('overflow') };

t.test('one line is written as the Buffer it came in, to everybody', async (t) => {
  const createOutlet = createOutlets();
  const sinks = [createSink(), createSink()];
  const hello = line('hello');
  for (const { stream } of sinks) createOutlet(stream, neverOver).send(hello);
  await nextTurn();
  for (const { chunks } of sinks) {
    t.equal(chunks.length, 1);
    t.equal(chunks[0], hello);
  }
});

t.test('lines of one turn leave in one write, shared by all who got the same', async (t) => {
  const createOutlet = createOutlets();
  const sinks = [createSink(), createSink(), createSink()];
  const outlets = sinks.map(({ stream }) => createOutlet(stream, neverOver));
  const lines = [line('one'), line('two'), line('three')];
  // The second said "two" itself.
  outlets.forEach((outlet, index) =>
    lines.filter((_, at) => index !== 1 || at !== 1).forEach((each) => outlet.send(each)),
  );
  await nextTurn();
  const written = sinks.map(({ chunks }) => chunks.map(String));
  t.same(written, [['one\r\ntwo\r\nthree\r\n'], ['one\r\nthree\r\n'], ['one\r\ntwo\r\nthree\r\n']]);

  lines.forEach((each) => outlets[0]?.send(each));
  lines.forEach((each) => outlets[2]?.send(each));
  await nextTurn();
  t.equal(sinks[0]?.chunks[1], sinks[2]?.chunks[1], 'one and the same Buffer');
});

t.test('keeps up to the bound for who does not read, and gives up one byte past it', async (t) => {
  const createOutlet = createOutlets();
  const { stream, chunks } = createSink({ isStuck: true });
  let overflows = 0;
  const outlet = createOutlet(stream, { maxBytes: 100, onOverflow: () => void (overflows += 1) });

  outlet.send(Buffer.alloc(60));
  await nextTurn();
  outlet.send(Buffer.alloc(40));
  t.equal(overflows, 0, 'at the bound');
  outlet.send(Buffer.alloc(1));
  t.equal(overflows, 1, 'one past it');
  outlet.send(Buffer.alloc(1));
  t.equal(overflows, 1, 'once only');
  await nextTurn();
  t.equal(chunks.length, 1, 'nothing more is written');
});

t.test('flush writes at once', async (t) => {
  const createOutlet = createOutlets();
  const { stream, chunks } = createSink();
  const outlet = createOutlet(stream, neverOver);
  outlet.send(line('goodbye'));
  outlet.flush();
  t.same(chunks.map(String), ['goodbye\r\n']);
  await nextTurn();
  t.equal(chunks.length, 1);
});

t.test('a stream that has ended is left alone', async (t) => {
  const createOutlet = createOutlets();
  const { stream } = createSink();
  const outlet = createOutlet(stream, neverOver);
  outlet.send(line('hello'));
  stream.destroy();
  outlet.flush();
  outlet.send(line('hello'));
  t.equal(stream.errored, null);
});
