import t from 'tap';

import { createLineCounter } from '../../../../src/deliveries/targets/maildir/line-counter.ts';

const table: readonly (readonly [text: string, count: number])[] = [
  ['', 0],
  ['a', 0],
  ['\n', 1],
  ['\r\n', 0],
  ['\r\r\n', 0],
  ['\n\r', 1],
  ['\n\n\r\n\n', 3],
  ['a\nb\r\nc\n', 2],
];

t.test('counts LF without CR, in one piece and byte by byte', async (t) => {
  for (const [text, count] of table) {
    const [whole, bytes] = [createLineCounter(), createLineCounter()];
    whole.look(Buffer.from(text));
    for (const byte of Buffer.from(text)) bytes.look(Buffer.of(byte));
    t.same([whole.bareLineFeeds, bytes.bareLineFeeds], [count, count], JSON.stringify(text));
  }
});
