import t from 'tap';

import { parseRecord } from '../../../../src/services/sftp/scp/parse-record.ts';

t.test('reads what scp says of a file', async (t) => {
  const table: [line: string, expected: object | null][] = [
    ['C0644 12 a b', { type: 'file', mode: 0o644, size: 12, name: 'a b' }],
    ['C4755 0 a', { type: 'file', mode: 0o755, size: 0, name: 'a' }],
    ['D0755 0 a', { type: 'folder', mode: 0o755, name: 'a' }],
    ['E', { type: 'end' }],
    ['T1000 0 2000 5', { type: 'times', modified: 1_000_000, accessed: 2_000_000 }],
    ['\u0001scp: no', { type: 'warning' }],
    ['C0644 12 ..', null],
    ['C0644 12 .', null],
    ['D0755 0 a/b', null],
    ['C0644 12 ', null],
    ['C0644 -1 a', null],
    ['C0844 1 a', null],
    ['C0644 1234567890123456 a', null],
    ['T1 0 2', null],
    ['X', null],
    ['', null],
  ];
  for (const [line, expected] of table) t.same(parseRecord(line), expected, JSON.stringify(line));
});
