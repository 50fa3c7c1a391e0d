import { PassThrough } from 'node:stream';

import type { Channel } from 'ssh2';
import t from 'tap';

import { watchMemory } from '../../../src/services/sftp/watch-memory.ts';

t.test('reads on only when the peer takes the answers', async (t) => {
  const stream = new PassThrough();
  watchMemory({ stream, channels: new Set(), onFlood: () => t.fail('there is no flood') });
  Object.defineProperty(stream, 'writableLength', { value: 4 << 20, writable: true });
  stream.emit('data', Buffer.of(1));
  t.equal(stream.isPaused(), false, 'at the limit');
  Object.defineProperty(stream, 'writableLength', { value: (4 << 20) + 1, writable: true });
  stream.emit('data', Buffer.of(1));
  t.equal(stream.isPaused(), true, 'one past it');
  stream.emit('drain');
  t.equal(stream.isPaused(), false);
});

t.test('sees that more comes than there was room for', async (t) => {
  const stream = new PassThrough();
  const channel = { readableLength: 4 << 20 };
  let floods = 0;
  watchMemory({ stream, channels: new Set([channel as unknown as Channel]), onFlood: () => (floods += 1) });
  stream.emit('data', Buffer.of(1));
  t.equal(floods, 0);
  channel.readableLength += 1;
  stream.emit('data', Buffer.of(1));
  t.equal(floods, 1);
});
