import { spawnSync } from 'node:child_process';
import t from 'tap';

import { descriptorLimit, parseDescriptorLimit } from '../../src/system/descriptor-limit.ts';

t.test('the soft limit counts', (t) => {
  const module = JSON.stringify(import.meta.resolve('../../src/system/descriptor-limit.ts'));
  const program = `import(${module}).then((m) => console.log(m.descriptorLimit()))`;
  // Node raises the soft limit to the hard one when it starts.
  const { stdout } = spawnSync('/bin/sh', ['-c', 'ulimit -n 333; exec "$0" -e "$1"', process.execPath, program]);
  t.equal(stdout.toString(), '333\n');
  t.ok(descriptorLimit() > 0);
  t.end();
});

t.test('the text of proc(5)', (t) => {
  const cases: [string, number][] = [
    [
      'Max processes  7 7 processes\nMax open files            1024                 524288               files \n',
      1024,
    ],
    ['Max open files            unlimited            unlimited            files \n', 1_048_576],
    ['', 1024],
  ];
  for (const [text, expected] of cases) t.equal(parseDescriptorLimit(text), expected);
  t.end();
});
