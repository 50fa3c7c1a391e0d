import t from 'tap';

import { createTokenBucket } from '../../src/listeners/token-bucket.ts';

t.test('gives as many at once as its rate says, and not one more', async (t) => {
  const bucket = createTokenBucket({ count: 3, window: 1000 }, 0);
  t.same([bucket.take(0), bucket.take(0), bucket.take(0), bucket.take(0)], [true, true, true, false]);
});

t.test('fills evenly', async (t) => {
  const bucket = createTokenBucket({ count: 2, window: 1000 }, 0);
  bucket.take(0);
  bucket.take(0);
  t.equal(bucket.take(499), false);
  t.equal(bucket.take(500), true, 'half of the window gives half of the count');
  t.equal(bucket.take(501), false);
  t.equal(bucket.take(1000), true);
});

t.test('never holds more than its count, however long nobody comes', async (t) => {
  const bucket = createTokenBucket({ count: 2, window: 1000 }, 0);
  t.equal(bucket.isFull(0), true);
  t.same([bucket.take(1_000_000), bucket.take(1_000_000), bucket.take(1_000_000)], [true, true, false]);
  t.equal(bucket.isFull(1_000_999), false);
  t.equal(bucket.isFull(1_001_000), true);
});

t.test('a rate below one a second works as well', async (t) => {
  const bucket = createTokenBucket({ count: 1, window: 60_000 }, 5);
  t.equal(bucket.take(5), true);
  t.equal(bucket.take(60_004), false);
  t.equal(bucket.take(60_005), true);
});
