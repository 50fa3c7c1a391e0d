import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { replaceProgram } from '../../src/system/execve.ts';

t.test('becomes the other program, without a warning', (t) => {
  const program = `
    const { replaceProgram } = await import(${JSON.stringify(import.meta.resolve('../../src/system/execve.ts'))});
    console.log(process.pid);
    replaceProgram('/bin/sh', ['zero', '-c', 'echo $$ $NAME'], { NAME: 'value' });`;
  const { pid, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
  t.equal(stdout.toString(), `${pid}\n${pid} value\n`);
  t.equal(stderr.toString(), '');
  t.end();
});

t.test('refuses what is no program, and lives', (t) => {
  const folder = t.testdir();
  writeFileSync(join(folder, 'plain'), '', { mode: 0o644 });
  t.throws(() => replaceProgram('/nonexistent', [], {}), { code: 'ENOENT' });
  t.throws(() => replaceProgram(join(folder, 'plain'), [], {}), { code: 'EACCES' });
  t.throws(() => replaceProgram(folder, [], {}), { message: `${folder} is not a program` });
  t.end();
});
