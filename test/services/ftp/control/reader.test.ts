import { PassThrough } from 'node:stream';

import t from 'tap';

import { createControlReader, maxLineBytes, type ControlLine } from '../../../../src/services/ftp/control/reader.ts';

/** All lines that are read out of these segments. */
async function linesOf(...segments: readonly (string | Buffer)[]): Promise<ControlLine[]> {
  const stream = new PassThrough();
  const reader = createControlReader(stream, new AbortController().signal);
  const lines: ControlLine[] = [];
  const reading = (async () => {
    for (let line = await reader.next(); line !== null; line = await reader.next()) lines.push(line);
  })();
  for (const segment of segments) {
    stream.write(segment);
    // Each is read by itself.
    await new Promise(setImmediate);
  }
  stream.end();
  await reading;
  return lines;
}

const texts = (...list: string[]): ControlLine[] => list.map((text) => ({ text }));

t.test('lines, however they come', async (t) => {
  t.same(await linesOf('USER a\r\nPASS b\r\n'), texts('USER a', 'PASS b'));
  t.same(await linesOf('USER a\nPASS b\n'), texts('USER a', 'PASS b'));
  t.same(await linesOf('US', 'ER a\r', '\nPA', 'SS b\r\n'), texts('USER a', 'PASS b'));
  t.same(await linesOf('\r\n\r\n'), texts('', ''));
  t.same(await linesOf('A\rB\r\n'), texts('A\rB'));
  t.same(await linesOf('DELE a'), [], 'a line that was cut off is none');
});

t.test('UTF-8, and Latin-1 where it is none', async (t) => {
  t.same(await linesOf('CWD é\r\n'), texts('CWD é'));
  t.same(await linesOf(Buffer.from('CWD \xe9\r\n', 'latin1')), texts('CWD é'));
  const [first, second] = [Buffer.from('CWD é\r\n').subarray(0, 5), Buffer.from('CWD é\r\n').subarray(5)];
  t.same(await linesOf(first, second), texts('CWD é'), 'a character in two segments');
});

t.test('as long as the longest path, and one byte longer', async (t) => {
  const long = 'x'.repeat(maxLineBytes);
  t.same(await linesOf(`${long}\r\nNOOP\r\n`), texts(long, 'NOOP'));
  t.same(await linesOf(`${long}x\r\nNOOP\r\n`), ['overlong', ...texts('NOOP')]);
  t.same(await linesOf(long, long, long, '\r\nNOOP\r\n'), ['overlong', ...texts('NOOP')], 'is told once');
});

t.test('telnet', async (t) => {
  const [iac, ip, dm, will] = ['\xff', '\xf4', '\xf2', '\xfb'];
  const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
  t.same(await linesOf(bytes(`${iac}${ip}${iac}${dm}ABOR\r\n`)), texts('ABOR'));
  t.same(await linesOf(bytes(`${iac}${ip}`), bytes(iac), bytes(`${dm}ABOR\r\n`)), texts('ABOR'));
  // The second IAC was the urgent byte, which does not come with the others.
  t.same(await linesOf(bytes(`${iac}${ip}${dm}ABOR\r\n`)), texts('ABOR'));
  t.same(await linesOf(bytes(`${iac}${will}\x01NOOP\r\n`)), texts('NOOP'));
  t.same(await linesOf(bytes(`CWD a${iac}${iac}\r\n`)), texts('CWD aÿ'));
});

t.test('ABOR as urgent data, without the LF that was its last byte', async (t) => {
  t.same(await linesOf('ABOR\r'), texts('ABOR'));
  t.same(await linesOf('abor\r', '\n', 'NOOP\r\n'), texts('ABOR', '', 'NOOP'));
  t.same(await linesOf('STAT\r'), [], 'nothing else is taken so');
});

t.test('tells what stands behind the last line, and lets go', async (t) => {
  const stream = new PassThrough();
  const reader = createControlReader(stream, new AbortController().signal);
  stream.write('AUTH TLS\r\nUSER a\r\n');
  t.same(await reader.next(), { text: 'AUTH TLS' });
  t.equal(reader.isEmpty, false);
  t.same(await reader.next(), { text: 'USER a' });
  t.equal(reader.isEmpty, true);
  stream.write('PASS b\r\n');
  t.equal(reader.isEmpty, false, 'it has come, and was not read yet');
  t.same(await reader.next(), { text: 'PASS b' });
  const waiting = reader.next();
  await reader.close();
  t.equal(await waiting, null);
  t.equal(stream.listenerCount('readable'), 0);
});
