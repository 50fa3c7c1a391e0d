import t from 'tap';

import { createOutputTail } from '../../../../src/deliveries/targets/command/output-tail.ts';

const table: readonly (readonly [chunks: readonly string[], line: string])[] = [
  [[], ''],
  [['\n\n'], ''],
  [['one'], 'one'],
  [['one\ntwo\n'], 'two'],
  [['one\n', '  tw', 'o  \r\n', '\n'], 'two'],
  [[`${'x'.repeat(5000)}\nlast`], 'last'],
  [['y'.repeat(1000)], 'y'.repeat(300)],
];

t.test('the last line that says something', async (t) => {
  for (const [chunks, line] of table) {
    const tail = createOutputTail();
    for (const chunk of chunks) tail.add(Buffer.from(chunk));
    t.equal(tail.lastLine(), line);
  }
});
