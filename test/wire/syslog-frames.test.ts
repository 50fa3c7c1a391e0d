import t from 'tap';

import { createSyslogFrames, giveFrame } from '../../src/wire/syslog-frames.ts';

const maxBytes = 8;

/** The messages, with "…" behind those that were cut. */
function framesOf(input: string | Buffer, step = Number.POSITIVE_INFINITY): string[] {
  const found: string[] = [];
  const take = (bytes: Buffer, isCut: boolean): void => void found.push(`${bytes.toString()}${isCut ? '…' : ''}`);
  const frames = createSyslogFrames({ maxBytes });
  const bytes = Buffer.from(input);
  for (let at = 0; at < bytes.length; at += step) frames.push(bytes.subarray(at, at + step), take);
  frames.end(take);
  return found;
}

const cases: readonly [what: string, input: string, messages: readonly string[]][] = [
  ['nothing', '', []],
  ['a line', '<1>a\n', ['<1>a']],
  ['lines with LF, CRLF and NUL', '<1>a\n<1>b\r\n<1>c\0<1>d\n', ['<1>a', '<1>b', '<1>c', '<1>d']],
  ['no priority', 'a\nb c\n', ['a', 'b c']],
  ['blank lines', '\n\r\n\n<1>a\n\n\0\n', ['<1>a']],
  ['an unfinished line', '<1>a\n<1>b', ['<1>a', '<1>b']],
  ['a line of full length', '12345678\n12345678\r\n1', ['12345678', '12345678', '1']],
  ['a longer line', '123456789\n<1>a\n', ['12345678…', '<1>a']],
  ['a much longer line', `${'x'.repeat(100)}\n<1>a\n`, ['xxxxxxxx…', '<1>a']],
  ['a longer line without an end', '123456789', ['12345678…']],
  ['characters are cut whole', 'ab\u20acd\u20ac\u20ac\n', ['ab\u20acd…']],
  ['counted', '4 <1>a5 <1>bc', ['<1>a', '<1>bc']],
  ['counted, with newlines in them', '6 <1>a\nb4 <1>c', ['<1>a\nb', '<1>c']],
  ['counted, the newline among the octets', '5 <1>a\n5 <1>b\n', ['<1>a', '<1>b']],
  ['counted, the newline behind them', '4 <1>a\n4 <1>b\r\n', ['<1>a', '<1>b']],
  ['counted, without a priority', '4 <1>a5 hello', ['<1>a', 'hello']],
  ['counted, of full length and longer', '8 <1>456789 <1>4567894 <1>a', ['<1>45678', '<1>45678…', '<1>a']],
  ['counted, and much longer', `100 <1>${'x'.repeat(97)}4 <1>a`, ['<1>xxxxx…', '<1>a']],
  ['counted, and cut short', '4 <1>a9 <1>b', ['<1>a', '<1>b…']],
  ['counted, with nothing in it', '4 <1>a0 4 <1>b\n', ['<1>a', '0 4 <1>b']],
  ['counted, then lines', '4 <1>a<1>b\n<1>c\n4 <1>d', ['<1>a', '<1>b', '<1>c', '<1>d']],
  ['lines, then something like a count', '<1>a\n9999999 <1>b\n<1>c\n', ['<1>a', '9999999 …', '<1>c']],
  ['a sequence number is no count', '12: a\n13: b\n', ['12: a', '13: b']],
  ['a year is no count', '2026-01\n', ['2026-01']],
  ['a number is no count without a priority behind it', '12 a\n', ['12 a']],
  ['a number that begins with a zero', '04 <1>a\n', ['04 <1>a']],
  ['a number that is too long', '12345678 <1>a\n', ['12345678…']],
  ['a number alone', '12', ['12']],
  ['a number and a space alone', '12 ', ['12 ']],
];

t.test('finds messages, the same however the bytes are cut', async (t) => {
  for (const [what, input, messages] of cases) {
    for (const step of [1, 2, 3, 5, 1000]) t.same(framesOf(input, step), messages, `${what}, in steps of ${step}`);
  }
});

t.test('the longest number is one', async (t) => {
  t.same(framesOf(`9999999 <1>${'x'.repeat(100)}`), ['<1>xxxxx…']);
});

t.test('the longest message is kept whole, wherever it is cut', async (t) => {
  const frames = createSyslogFrames({ maxBytes: 65_536 });
  const message = `<13>${'x'.repeat(65_532)}`;
  const found: [number, boolean][] = [];
  const bytes = Buffer.from(`${message}\r\n${message}y\n${message}`);
  for (let at = 0; at < bytes.length; at += 1000)
    frames.push(bytes.subarray(at, at + 1000), (frame, isCut) => void found.push([frame.length, isCut]));
  frames.end((frame, isCut) => void found.push([frame.length, isCut]));
  t.same(found, [
    [65_536, false],
    [65_536, true],
    [65_536, false],
  ]);
});

t.test('a datagram is one message', async (t) => {
  const found: string[] = [];
  const give = (text: string): void =>
    giveFrame(Buffer.from(text), maxBytes, false, (bytes, isCut) => {
      found.push(`${bytes.toString()}${isCut ? '…' : ''}`);
    });
  for (const text of ['', '\n', '\0', '<1>a', '<1>a\n', '<1>a\r\n\0', 'a\nb\n', '12345678\n', '123456789']) give(text);
  t.same(found, ['<1>a', '<1>a', '<1>a', 'a\nb', '12345678', '12345678…']);
});
