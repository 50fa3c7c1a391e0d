import t from 'tap';

import { printable, renderTable } from '../../src/cli/table.ts';

const plain = { style: (_format: unknown, text: string) => text };
const marked = { style: (format: unknown, text: string) => `<${String(format)}>${text}</>` };

t.test('columns are as wide as their widest cell, numbers stand to the right', async (t) => {
  const rows = [
    ['echo', '5', 'tcp://127.0.0.1:7'],
    ['a-long-name', '12345', ''],
  ];
  t.equal(
    renderTable({ titles: ['NAME', '>TOTAL', 'ADDRESS'], rows }, plain),
    ['NAME         TOTAL  ADDRESS', 'echo             5  tcp://127.0.0.1:7', 'a-long-name  12345', ''].join('\n'),
  );
});

t.test('styles do not count as width', async (t) => {
  const rows = [[{ text: 'up', style: 'green' as const }, 'x']];
  t.equal(renderTable({ titles: ['STATE', 'Y'], rows }, marked), '<bold>STATE</>  <bold>Y</>\n<green>up</>     x\n');
});

t.test('no rows: only the titles', async (t) => {
  t.equal(renderTable({ titles: ['A', 'B'], rows: [] }, plain), 'A  B\n');
});

for (const [given, expected] of [
  ['plain', 'plain'],
  ['größer 日本', 'größer 日本'],
  ['\u001b[2J', '\ufffd[2J'],
  ['a\nb\tc', 'a\ufffdb\ufffdc'],
  ['\u009b31m', '\ufffd31m'],
  ['\u202eevil', '\ufffdevil'],
  ['\u0000\u007f', '\ufffd\ufffd'],
] as const) {
  t.equal(printable(given), expected, JSON.stringify(given));
  t.match(renderTable({ titles: ['A'], rows: [[given]] }, plain), expected);
}
