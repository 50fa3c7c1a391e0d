import { PassThrough } from 'node:stream';

import t from 'tap';

import { createCommandReader } from '../../../src/services/pop3/command-reader.ts';

function setUp(): { stream: PassThrough; ending: AbortController; reader: ReturnType<typeof createCommandReader> } {
  const stream = new PassThrough();
  const ending = new AbortController();
  return { stream, ending, reader: createCommandReader(stream, ending.signal) };
}

t.test('lines, whatever the pieces', async (t) => {
  const { stream, reader } = setUp();
  stream.write('ONE\r\nTWO\nTH');
  t.same([String(await reader.next()), reader.isEmpty], ['ONE', false]);
  t.equal(String(await reader.next()), 'TWO');
  const third = reader.next();
  stream.write('REE\r');
  stream.write('\n');
  t.same([String(await third), reader.isEmpty], ['THREE', true]);
});

// Regression: only what had been read already was seen, and not what came while a password was checked.
t.test('what has come and was not read yet stands behind a line, too', async (t) => {
  const { stream, reader } = setUp();
  stream.write('STLS\r\n');
  t.same([String(await reader.next()), reader.isEmpty], ['STLS', true]);
  stream.write('CAPA\r\n');
  t.equal(reader.isEmpty, false);
  t.same([String(await reader.next()), reader.isEmpty], ['CAPA', true]);
});

t.test('a line that was cut off is none', async (t) => {
  const { stream, reader } = setUp();
  stream.end('NOOP\r\nDELE 1');
  t.equal(String(await reader.next()), 'NOOP');
  t.equal(await reader.next(), null);
});

t.test('the longest line, and one that is longer', async (t) => {
  const { stream, reader } = setUp();
  const longest = 'x'.repeat(12_288);
  stream.end(`${longest}\r\n${longest}y\r\n${longest.repeat(20)}\r\nNOOP\r\n`);
  t.equal(String(await reader.next()), longest);
  t.equal(await reader.next(), 'overlong');
  t.equal(await reader.next(), 'overlong');
  t.equal(String(await reader.next()), 'NOOP');
});

t.test('ends at the abort, and leaves the stream as it is', async (t) => {
  const { stream, ending, reader } = setUp();
  const line = reader.next();
  ending.abort();
  t.equal(await line, null);
  await reader.close();
  t.equal(stream.destroyed, false);
  t.same(
    ['readable', 'end', 'close'].map((event) => stream.listenerCount(event)),
    [0, 0, 0],
  );
});
