import t from 'tap';

import { watchLineEndings } from '../../src/wire/line-endings.ts';

const cases: readonly (readonly [text: string, isBroken: boolean])[] = [
  ['', false],
  ['no line', false],
  ['\r\n', false],
  ['a\r\nb\r\n\r\n', false],
  ['\n', true],
  ['a\nb', true],
  ['a\r\nb\n', true],
  ['\r\n\n', true],
  ['a\rb', true],
  ['\r\r\n', true],
  ['a\r', false], // the rest may still come
  ['a\n\r', true],
];

t.test('every line has to end with CRLF', async (t) => {
  for (const [text, isBroken] of cases) {
    const whole = watchLineEndings();
    whole.look(Buffer.from(text));
    t.equal(whole.isBroken, isBroken, JSON.stringify(text));
    const bytes = watchLineEndings();
    for (const byte of Buffer.from(text)) bytes.look(Buffer.of(byte));
    t.equal(bytes.isBroken, isBroken, `${JSON.stringify(text)}, byte by byte`);
  }
});

t.test('what is broken stays so', async (t) => {
  const lines = watchLineEndings();
  lines.look(Buffer.from('a\n'));
  lines.look(Buffer.from('b\r\n'));
  t.equal(lines.isBroken, true);
});
