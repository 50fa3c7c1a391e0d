import { spawnSync } from 'node:child_process';
import t from 'tap';

import { libc } from '../../src/system/libc.ts';

const module = JSON.stringify(import.meta.resolve('../../src/system/busy-limit.ts'));

function run(then: string, env: NodeJS.ProcessEnv = {}) {
  const program = `import(${module}).then(({ limitBusyLoop }) => { limitBusyLoop(1); ${then} })`;
  // What the test runner loads into every process would catch the signal there.
  const plainly = ['-u', 'NODE_OPTIONS', process.execPath, '-e', program];
  const { signal, status } = spawnSync('env', plainly, { env: { ...process.env, ...env }, timeout: 100_000 });
  return { signal, status };
}

const skip = libc === null && 'it needs node:ffi';

t.test('a loop that never returns does not outlive the master for ever', { skip }, async (t) => {
  t.same(run('for (;;);'), { signal: 'SIGVTALRM', status: null });
});

t.test('a process that does nothing is not kept and not ended', { skip }, async (t) => {
  t.same(run(''), { signal: null, status: 0 });
});

t.test('without libc there is no limit', async (t) => {
  t.same(run('', { PORTICO_NO_FFI: '1' }), { signal: null, status: 0 });
});
