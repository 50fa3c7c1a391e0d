import { spawnSync } from 'node:child_process';
import t from 'tap';

import { libc } from '../../src/system/libc.ts';
import { adoptPid } from '../../src/system/reaper.ts';

if (libc !== null)
  t.spawn(
    process.execPath,
    [import.meta.filename],
    { env: { ...process.env, PORTICO_NO_FFI: '1' } },
    'without node:ffi',
  );

const module = JSON.stringify(import.meta.resolve('../../src/system/reaper.ts'));
const adopt = `
  const { adoptPid } = await import(${module});
  const exits = await Promise.all(process.argv.slice(1).map((pid) => adoptPid(Number(pid))));
  console.log(exits.map(({ status, signal }) => signal ?? status).join(' '));`;

t.test('a child from before an execve is waited for, ended already or not yet', (t) => {
  // The shell becomes Node, with the children that it had.
  const script = '(sleep 0.5; exit 4) & later=$!; (exit 3) & exec "$0" --input-type=module -e "$1" $! $later';
  const { stdout, stderr } = spawnSync('/bin/sh', [
    '-c',
    script.replace('(kill -TERM $$) & ', ''),
    process.execPath,
    adopt,
  ]);
  t.equal(stdout.toString(), '3 4\n', stderr.toString());
  t.end();
});

t.test('somebody else is no child of ours', async (t) => {
  await t.rejects(adoptPid(1), { code: 'ECHILD', message: 'wait for process 1: no child processes (ECHILD)' });
  await t.rejects(adoptPid(4_194_303), { code: 'ECHILD' });
});
