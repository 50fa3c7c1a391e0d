import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';

import t from 'tap';

import { isGone, ownMark } from '../../src/system/process-mark.ts';

const hasProc = fs.existsSync('/proc/self/stat');

t.test('our own is alive', async (t) => {
  t.match(ownMark, /^\d+-\d*$/);
  t.equal(isGone(ownMark), false);
});

t.test('that of a process that has ended is gone', async (t) => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  t.equal(isGone(`${child.pid}-1`), true);
  t.equal(isGone(`${child.pid}-`), true);
});

t.test('a number that was given again is another process', { skip: !hasProc && 'there is no /proc' }, async (t) => {
  t.equal(isGone(`${process.pid}-1`), true);
});

t.test('who has no start, as without /proc, is known by the number alone', async (t) => {
  t.equal(isGone(`${process.pid}-`), false);
});

t.test('what is no mark belongs to nobody, and is left alone', async (t) => {
  for (const text of ['', 'x', '-', '0-1', '-5-1', '1.5-2', 'tmp']) t.equal(isGone(text), false, text);
});
