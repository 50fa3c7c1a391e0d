import t from 'tap';

import { createJsonLines } from '../../src/logging/json-lines.ts';

function setUp(level: 'debug' | 'info' = 'info') {
  const written: string[] = [];
  const lines = createJsonLines(level, (line) => written.push(line));
  const last = (): Record<string, unknown> => JSON.parse(written.at(-1)!) as Record<string, unknown>;
  return { written, lines, last };
}

t.test('one line with severity, time, process, fields and message', async (t) => {
  const { written, lines, last } = setUp();
  lines.warning({ a: 1, b: { c: 'd' } }, 'hello %s');
  const { time, ...rest } = last();
  t.same(rest, { severity: 'warning', pid: process.pid, a: 1, b: { c: 'd' }, message: 'hello %s' });
  t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.match(written[0], /^\{.*\}\n$/);
});

t.test('less severe than the level is not written', async (t) => {
  const { written, lines } = setUp();
  lines.debug({}, 'no');
  lines.info({}, 'yes');
  lines.emerg({}, 'yes');
  t.equal(written.length, 2);
});

t.test('no character of a peer ends the line, moves the cursor or turns the text round', async (t) => {
  const { written, lines, last } = setUp();
  const evil = 'a\n{"severity":"emerg"}\r\u001b[2J\u009b31m\u2028\u2029\u202e\u0000"\\';
  lines.info({ peer: evil }, evil);
  t.match(written[0], /^[\u0020-\u007e]+\n$/);
  t.equal(last()['peer'], evil);
  t.equal(last()['message'], evil);
});

t.test('an error is told with what caused it', async (t) => {
  const { lines, last } = setUp();
  lines.err({ error: new Error('cannot deliver', { cause: new Error('disk is full') }) }, 'x');
  t.equal(last()['error'], 'cannot deliver: disk is full');
  lines.err({ error: new Error('cannot send: refused', { cause: new Error('refused') }) }, 'x');
  t.equal(last()['error'], 'cannot send: refused');
  lines.err({ error: 'plain' }, 'x');
  t.equal(last()['error'], 'plain');
});

t.test('what JSON cannot write does no harm', async (t) => {
  const { lines, last } = setUp();
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  lines.info({ circle, big: 10n, none: undefined, nan: Number.NaN, f() {} }, 'x');
  t.match(last(), { circle: { self: '[Circular]' }, big: 10, nan: null });
});

t.test('a very long line has its texts cut', async (t) => {
  const { written, lines, last } = setUp();
  lines.info({ text: 'x'.repeat(70_000), session: 'abc' }, 'm');
  t.equal(last()['text'], `${'x'.repeat(8191)}…`);
  t.equal(last()['session'], 'abc');
  lines.info({ many: Array.from({ length: 20_000 }, () => 'abc'), session: 'abc', event: 'e' }, 'm');
  t.match(last(), { severity: 'info', session: 'abc', event: 'e', message: 'a log line was too long' });
  t.ok(written.every((line) => line.length <= 64 * 1024));
});
