import { PassThrough } from 'node:stream';
import t from 'tap';

import { createLineSplitter, readLines, type Line } from '../../src/wire/lines.ts';

const show = (line: Line): string => (line.overlong ? 'OVERLONG' : line.bytes.toString());

t.test('splits at LF and CRLF, the same however the bytes are cut', async (t) => {
  const cases: [input: string, lines: string[], unfinished: string | null][] = [
    ['', [], null],
    ['one\n', ['one'], null],
    ['one\r\ntwo\n', ['one', 'two'], null],
    ['\n\r\n\n', ['', '', ''], null],
    ['one\ntwo', ['one'], 'two'],
    ['one\r', [], 'one'],
    ['a\rb\n', ['a\rb'], null],
    ['a\r\r\n', ['a\r'], null],
    ['12345678\n', ['12345678'], null],
    ['12345678\r\n', ['12345678'], null],
    ['12345678\r', [], '12345678'],
    ['12345678', [], '12345678'],
    ['123456789\n', ['OVERLONG'], null],
    ['12345678\r9\nnext\n', ['OVERLONG', 'next'], null],
    ['123456789', ['OVERLONG'], null],
    ['1234567890123456789012345678901234567890\nnext\n', ['OVERLONG', 'next'], null],
    ['123456789\n123456789\nx', ['OVERLONG', 'OVERLONG'], 'x'],
  ];
  for (const [input, expected, unfinished] of cases) {
    for (const step of [1, 2, 3, 5, 100]) {
      const splitter = createLineSplitter({ maxBytes: 8 });
      const bytes = Buffer.from(input);
      const lines: string[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        lines.push(...splitter.push(bytes.subarray(at, at + step)).map(show));
      }
      const last = splitter.end();
      t.same(lines, expected, `${JSON.stringify(input)} in steps of ${step}`);
      t.equal(last === null ? null : show(last), unfinished, `rest of ${JSON.stringify(input)}`);
    }
  }
});

t.test('says that a line is overlong before its newline comes, and only once', async (t) => {
  const splitter = createLineSplitter({ maxBytes: 4 });
  t.same(splitter.push(Buffer.from('1234')).map(show).toArray(), []);
  t.same(splitter.push(Buffer.from('5')).map(show).toArray(), ['OVERLONG']);
  t.same(splitter.push(Buffer.alloc(1_000_000, 'x')).map(show).toArray(), []);
  t.equal(splitter.end(), null);
  t.same(splitter.push(Buffer.from('\nok\n')).map(show).toArray(), ['ok']);
});

t.test('a chunk of newlines does not become a list of as many lines before the first is used', async (t) => {
  const lines = createLineSplitter({ maxBytes: 4 }).push(Buffer.from('a\nb\nc'));
  t.notOk(Array.isArray(lines));
  t.match(lines.next().value, { bytes: Buffer.from('a') });
  t.match(lines.next().value, { bytes: Buffer.from('b') });
  t.match(lines.next(), { done: true });
});

t.test('readLines', async (t) => {
  t.test('gives the lines of a stream and an unfinished last one, and leaves the stream alone', async (t) => {
    const stream = new PassThrough();
    stream.end('one\r\ntwo\nthree');
    const lines: string[] = [];
    for await (const line of readLines(stream, { maxBytes: 100 })) lines.push(show(line));
    t.same(lines, ['one', 'two', 'three']);
    t.equal(stream.errored, null);
  });

  t.test('reads no further than it is asked for', async (t) => {
    const stream = new PassThrough({ highWaterMark: 10 });
    const lines = readLines(stream, { maxBytes: 100 });
    stream.write('first\n');
    t.match(await lines.next(), { value: { bytes: Buffer.from('first') } });
    while (stream.write('another\n'));
    t.ok(stream.writableNeedDrain, 'the writer has to wait');
    t.match(await lines.next(), { value: { bytes: Buffer.from('another') } });
    await lines.return();
    t.notOk(stream.destroyed);
    t.equal(stream.listenerCount('readable'), 0);
  });

  t.test('ends when the signal aborts, without destroying the stream', async (t) => {
    const stream = new PassThrough();
    const abortion = new AbortController();
    const lines = readLines(stream, { maxBytes: 100, signal: abortion.signal });
    const next = lines.next();
    abortion.abort('kick');
    t.match(await next, { done: true });
    t.ok(stream.writable);
  });

  t.test('an abort stops lines that have already arrived', async (t) => {
    const stream = new PassThrough();
    const abortion = new AbortController();
    const lines = readLines(stream, { maxBytes: 100, signal: abortion.signal });
    stream.write('one\ntwo\n');
    t.match(await lines.next(), { done: false });
    abortion.abort('kick');
    t.match(await lines.next(), { done: true });
  });

  t.test("throws the stream's error", async (t) => {
    const stream = new PassThrough();
    const next = readLines(stream, { maxBytes: 100 }).next();
    stream.destroy(new Error('read ECONNRESET'));
    await t.rejects(next, { message: 'read ECONNRESET' });
  });

  t.test('a destroyed stream has no more lines, and no unfinished one', async (t) => {
    const stream = new PassThrough();
    stream.write('half a li');
    const next = readLines(stream, { maxBytes: 100 }).next();
    setImmediate(() => stream.destroy());
    t.match(await next, { done: true });
  });

  t.test('lets a filter see the bytes first', async (t) => {
    const stream = new PassThrough();
    stream.end('a-b\n-');
    const filter = (chunk: Buffer) => Buffer.from(chunk.toString().replaceAll('-', ''));
    const lines: string[] = [];
    for await (const line of readLines(stream, { maxBytes: 100, filter })) lines.push(show(line));
    t.same(lines, ['ab']);
  });
});
