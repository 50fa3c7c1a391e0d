import t from 'tap';

import { createBuffers } from '../../../src/services/sftp/buffers.ts';

t.test('gives a buffer again that was given back', async (t) => {
  const buffers = createBuffers({ bytes: 100, kept: 1 });
  const [first, second] = [buffers.take(10), buffers.take(100)];
  t.same([first.length, second.length], [10, 100]);
  t.not(first.buffer, second.buffer, 'never one for two');
  buffers.give(first.subarray(2, 3));
  buffers.give(second);
  t.equal(buffers.take(50).buffer, first.buffer);
  t.not(buffers.take(50).buffer, second.buffer, 'keeps only as many as it shall');
});

t.test('keeps none that was given twice, or is not its own', async (t) => {
  const buffers = createBuffers({ bytes: 100, kept: 8 });
  const own = buffers.take(10);
  buffers.give(own);
  buffers.give(own);
  buffers.give(Buffer.alloc(100));
  const large = buffers.take(101);
  t.equal(large.length, 101);
  buffers.give(large);
  t.equal(buffers.take(10).buffer, own.buffer);
  t.not(buffers.take(10).buffer, own.buffer);
});
