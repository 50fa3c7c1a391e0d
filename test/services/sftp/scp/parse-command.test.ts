import t from 'tap';

import { parseScpCommand } from '../../../../src/services/sftp/scp/parse-command.ts';

t.test('reads what scp asks for', async (t) => {
  const plain = { isRecursive: false, keepsTimes: false, wantsFolder: false };
  const table: [command: string, expected: object | null][] = [
    ['scp -t /a', { ...plain, role: 'sink', path: '/a' }],
    ['scp -f -- /a', { ...plain, role: 'source', path: '/a' }],
    ['scp -v -r -p -d -t .', { role: 'sink', path: '.', isRecursive: true, keepsTimes: true, wantsFolder: true }],
    ['scp -rpt a', { ...plain, role: 'sink', path: 'a', isRecursive: true, keepsTimes: true }],
    ["scp -f 'a b'", { ...plain, role: 'source', path: 'a b' }],
    ['scp -f "a b"c\\ d', { ...plain, role: 'source', path: 'a bc d' }],
    ['scp -f -- -x', { ...plain, role: 'source', path: '-x' }],
    ['scp -f $(id);id', { ...plain, role: 'source', path: '$(id);id' }],
    ['scp -f a b', null],
    ['scp -f', null],
    ['scp -t -f a', null],
    ['scp a', null],
    ['scp -S x -t a', null],
    ["scp -f 'a", null],
    ['/usr/bin/scp -f a', null],
    ['rsync --server', null],
    ['', null],
    [`scp -f ${'x'.repeat(8192)}`, null],
  ];
  for (const [command, expected] of table) t.same(parseScpCommand(command), expected, command.slice(0, 40));
});
