import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import t from 'tap';

import { libc } from '../../src/system/libc.ts';
import { plainly } from '../support/daemon.ts';
import { needProgram } from '../support/peers.ts';
import { root } from '../support/source-tree.ts';

const run = promisify(execFile);

t.test(
  'the example: a suite of tests with servers of its own',
  { skip: libc === null ? 'needs node:ffi' : false },
  async (t) => {
    if (needProgram(t, 'curl') === null) return;
    const [program, ...args] = [...plainly, process.execPath, '--conditions=portico-source', '--test'] as [
      string,
      ...string[],
    ];
    // The runner's own variables would make it a part of this test.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout } = await run(program, [...args, 'examples/testing/fixture.test.ts'], { cwd: root, env });
    t.match(stdout, /^(?:# |ℹ )pass 4$/m);
    t.match(stdout, /^(?:# |ℹ )fail 0$/m);
  },
);
