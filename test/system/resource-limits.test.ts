import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import t from 'tap';

import { libc } from '../../src/system/libc.ts';
import { limitResources } from '../../src/system/resource-limits.ts';

const skip = libc === null ? 'needs node:ffi' : false;

t.test('sets soft and hard limits of a process', { skip }, async (t) => {
  const child = spawn('/bin/cat', { stdio: ['pipe', 'ignore', 'inherit'] });
  await once(child, 'spawn');
  const limits = {
    as: 2 ** 40,
    core: 0,
    cpu: 20,
    data: 2 ** 39,
    files: 64,
    fsize: 4096,
    memlock: 4096,
    processes: 500,
    rss: 2 ** 38,
    stack: 8_388_608,
  };
  limitResources(child.pid!, limits);
  const table = readFileSync(`/proc/${child.pid}/limits`, 'utf8');
  const shown = (name: string): string[] | undefined =>
    table
      .split('\n')
      .find((line) => line.startsWith(name))
      ?.slice(name.length)
      .trim()
      .split(/\s+/)
      .slice(0, 2);
  for (const [name, value] of [
    ['Max cpu time', 20],
    ['Max file size', 4096],
    ['Max data size', 2 ** 39],
    ['Max stack size', 8_388_608],
    ['Max core file size', 0],
    ['Max resident set', 2 ** 38],
    ['Max processes', 500],
    ['Max open files', 64],
    ['Max locked memory', 4096],
    ['Max address space', 2 ** 40],
  ] as const) {
    t.same(shown(name), [String(value), String(value)], name);
  }
  child.stdin.end();
  await once(child, 'exit');
});

t.test('null is no limit, and asks for nothing where there was none', { skip }, async (t) => {
  const child = spawn('/bin/cat', { stdio: ['pipe', 'ignore', 'inherit'] });
  await once(child, 'spawn');
  limitResources(child.pid!, { cpu: null });
  t.match(readFileSync(`/proc/${child.pid}/limits`, 'utf8'), /^Max cpu time\s+unlimited\s+unlimited/m);
  child.stdin.end();
  await once(child, 'exit');
});

t.test('says what is not possible', { skip }, async (t) => {
  t.throws(() => limitResources(0x3fff_ffff, { files: 5 }), { code: 'ESRCH' });
});
