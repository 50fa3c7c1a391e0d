import { PassThrough } from 'node:stream';

import t from 'tap';

import { createCommandReader } from '../../../src/services/imap/command-reader.ts';

function setUp() {
  const stream = new PassThrough();
  return { stream, reader: createCommandReader(stream, new AbortController().signal) };
}

t.test('lines and literals, whatever the pieces', async (t) => {
  const { stream, reader } = setUp();
  stream.write('a LOGIN {5}\r\nali');
  t.equal(String(await reader.line()), 'a LOGIN {5}');
  t.equal(reader.isEmpty, false);
  const literal: Buffer[] = [];
  const reading = (async () => {
    for await (const piece of reader.bytes(5)) literal.push(piece);
  })();
  stream.write('ce x\r\n');
  await reading;
  t.equal(String(Buffer.concat(literal)), 'alice');
  t.equal(String(await reader.line()), ' x');
  t.equal(reader.isEmpty, true);
});

// Regression: only what had been read already was seen, and not what came while a password was checked.
t.test('what has come and was not read yet stands behind a line, too', async (t) => {
  const { stream, reader } = setUp();
  stream.write('a STARTTLS\r\n');
  t.same([String(await reader.line()), reader.isEmpty], ['a STARTTLS', true]);
  stream.write('b CAPABILITY\r\n');
  t.equal(reader.isEmpty, false);
  t.same([String(await reader.line()), reader.isEmpty], ['b CAPABILITY', true]);
});
