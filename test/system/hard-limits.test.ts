import { spawnSync } from 'node:child_process';
import t from 'tap';

import { hardLimit, parseHardLimit } from '../../src/system/hard-limits.ts';

t.test('the hard limit counts', async (t) => {
  const module = JSON.stringify(import.meta.resolve('../../src/system/hard-limits.ts'));
  const program = `import(${module}).then((m) => console.log(m.hardLimit('files')))`;
  const { stdout } = spawnSync('/bin/sh', ['-c', 'ulimit -n 333; exec "$0" -e "$1"', process.execPath, program]);
  t.equal(stdout.toString(), '333\n');
  t.ok(hardLimit('stack') > 0);
});

t.test('the text of proc(5)', async (t) => {
  const text =
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
    'Max cpu time              unlimited            7                    seconds   \n' +
    'Max core file size        0                    unlimited            bytes     \n' +
    'Max processes             63204                63205                processes \n' +
    'Max open files            1024                 524288               files     \n';
  for (const [name, expected] of [
    ['cpu', 7],
    ['core', Infinity],
    ['processes', 63_205],
    ['files', 524_288],
    ['as', Infinity],
  ] as const) {
    t.equal(parseHardLimit(text, name), expected, name);
  }
});
