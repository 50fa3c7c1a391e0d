import t from 'tap';

import { createDotStuffer, createOctetCounter } from '../../src/wire/dot-stuffing.ts';

const cases: readonly (readonly [text: string, sent: string, octets: number])[] = [
  ['', '.\r\n', 0],
  ['a', 'a\r\n.\r\n', 3],
  ['a\r\n', 'a\r\n.\r\n', 3],
  ['a\n', 'a\r\n.\r\n', 3],
  ['\n', '\r\n.\r\n', 2],
  ['\n\n', '\r\n\r\n.\r\n', 4],
  ['a\r', 'a\r\r\n.\r\n', 4],
  ['a\rb\r\n', 'a\rb\r\n.\r\n', 5],
  ['\r\r\n', '\r\r\n.\r\n', 3],
  ['.', '..\r\n.\r\n', 3],
  ['.\r\n', '..\r\n.\r\n', 3],
  ['..\n', '...\r\n.\r\n', 4],
  ['a\n.b\n', 'a\r\n..b\r\n.\r\n', 7],
  ['a\r\n.b', 'a\r\n..b\r\n.\r\n', 7],
  ['a.b\n', 'a.b\r\n.\r\n', 5],
  ['.\n.\n.\r\n', '..\r\n..\r\n..\r\n.\r\n', 9],
  ['a\n.\r\n.b\n\n', 'a\r\n..\r\n..b\r\n\r\n.\r\n', 12],
];

t.test('text as it is sent, in one piece and in pieces of any length', async (t) => {
  for (const [text, sent, octets] of cases) {
    for (let length = 1; length <= text.length + 1; length += 1) {
      const stuffer = createDotStuffer();
      const counter = createOctetCounter();
      const parts: Buffer[] = [];
      for (let at = 0; at < text.length; at += length) {
        const chunk = Buffer.from(text.slice(at, at + length));
        counter.look(chunk);
        parts.push(stuffer.push(chunk));
      }
      const all = Buffer.concat([...parts, stuffer.end()]).toString();
      t.same([all, counter.octets], [sent, octets], `${JSON.stringify(text)} by ${length}`);
    }
  }
});

t.test('an empty piece changes nothing', async (t) => {
  const stuffer = createDotStuffer();
  const said = ['a\r', '', '\n', '', '.'].map((part) => stuffer.push(Buffer.from(part)).toString());
  t.same(said, ['a\r', '', '\n', '', '..']);
});
