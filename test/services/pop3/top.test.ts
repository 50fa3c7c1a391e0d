import t from 'tap';

import { createTop } from '../../../src/services/pop3/top.ts';

const cases: readonly (readonly [text: string, lines: number, top: string])[] = [
  ['A: b\r\n\r\n1\r\n2\r\n3\r\n', 0, 'A: b\r\n\r\n'],
  ['A: b\r\n\r\n1\r\n2\r\n3\r\n', 1, 'A: b\r\n\r\n1\r\n'],
  ['A: b\r\n\r\n1\r\n2\r\n3\r\n', 3, 'A: b\r\n\r\n1\r\n2\r\n3\r\n'],
  ['A: b\r\n\r\n1\r\n2\r\n3\r\n', 9_999_999_999, 'A: b\r\n\r\n1\r\n2\r\n3\r\n'],
  ['A: b\n\n1\n\n2\n', 2, 'A: b\n\n1\n\n'],
  ['\n1\n2', 1, '\n1\n'],
  ['\r\n1\n2', 2, '\r\n1\n2'],
  ['A: b\n c\n', 1, 'A: b\n c\n'],
  ['A: \r\r\n\r\n1', 0, 'A: \r\r\n\r\n'],
  ['', 1, ''],
];

t.test('the top of a message, in pieces of any length', async (t) => {
  for (const [text, lines, wanted] of cases) {
    for (let length = 1; length <= text.length + 1; length += 1) {
      const top = createTop(lines);
      let taken = '';
      for (let at = 0; at < text.length; at += length) taken += top.push(Buffer.from(text.slice(at, at + length)));
      t.equal(taken, wanted, `${JSON.stringify(text)}, ${lines} lines, by ${length}`);
    }
  }
});
