import { Writable } from 'node:stream';

import t from 'tap';

import { roomIn, write } from '../../src/wire/room.ts';

/** Takes a chunk when it is told to. */
function slowly(): { stream: Writable; take(): void } {
  const waiting: (() => void)[] = [];
  const stream = new Writable({ highWaterMark: 4, write: (_chunk, _encoding, done) => void waiting.push(done) });
  return { stream, take: () => waiting.shift()?.() };
}

async function isPending(promise: Promise<void>): Promise<boolean> {
  const open = Symbol('open');
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, open))])) === open;
}

t.test('what fits is written at once', async (t) => {
  const { stream } = slowly();
  await write(stream, 'abc');
  t.equal(stream.writableLength, 3);
});

t.test('what does not is waited for until it is taken', async (t) => {
  const { stream, take } = slowly();
  const writing = write(stream, 'abcdef');
  t.equal(await isPending(writing), true);
  take();
  await writing;
  t.same([stream.listenerCount('drain'), stream.listenerCount('close')], [0, 0]);
});

t.test('or until the stream is gone', async (t) => {
  const { stream } = slowly();
  const writing = write(stream, 'abcdef');
  stream.destroy();
  await writing;
  await roomIn(stream);
  await write(stream, 'more');
  t.same([stream.listenerCount('drain'), stream.listenerCount('close')], [0, 0]);
});

t.test('a stream that was ended takes nothing more, and nobody waits', async (t) => {
  const { stream } = slowly();
  stream.end();
  await write(stream, 'abcdef');
  t.equal(stream.writableLength, 0);
});
