import t from 'tap';

import { createGathered } from '../../src/wire/gathered.ts';

t.test('gives what came, in its order, whatever the pieces were', async (t) => {
  const gathered = createGathered();
  const pieces = [1, 4_095, 0, 4_096, 5, 70_000, 3, 511, 4_000, 4_000].map((length, at) =>
    Buffer.alloc(length, 65 + at),
  );
  for (const piece of pieces) gathered.add(piece);
  t.equal(gathered.length, 86_711);
  t.equal(Buffer.compare(Buffer.concat(gathered.take()), Buffer.concat(pieces)), 0);
  t.same([gathered.length, gathered.take()], [0, []]);
  gathered.add(Buffer.from('again'));
  t.same(gathered.take().map(String), ['again']);
});

t.test('small pieces are copied, so that they hold on to nothing', async (t) => {
  const gathered = createGathered();
  const received = Buffer.from('hello');
  gathered.add(received);
  received.fill('x');
  t.same(gathered.take().map(String), ['hello']);
});

// Regression: 130 KB in pieces of one byte took 32 MB.
t.test('a hundred thousand pieces of one byte are a few buffers', async (t) => {
  const gathered = createGathered();
  for (let at = 0; at < 100_000; at += 1) gathered.add(Buffer.from('a'));
  const buffers = gathered.take();
  t.equal(buffers.length, 8);
  t.ok(buffers.every(({ buffer }) => buffer.byteLength <= 65_536));
});

t.test('pieces that are not small are kept as they are', async (t) => {
  const gathered = createGathered();
  const [small, large] = [Buffer.alloc(4_095), Buffer.alloc(4_096)];
  gathered.add(small);
  gathered.add(large);
  const [first, second] = gathered.take();
  t.not(first, small);
  t.equal(second, large);
});
