import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { whyNoProgram } from '../../src/system/program-file.ts';

t.test('tells why a program cannot be started', async (t) => {
  const folder = t.testdir({ good: '#!/bin/sh\n', plain: 'text', folder: {} });
  chmodSync(join(folder, 'good'), 0o755);
  chmodSync(join(folder, 'plain'), 0o644);
  for (const [path, reason] of [
    [join(folder, 'good'), null],
    ['good', null],
    [join(folder, 'plain'), 'it is not executable'],
    ['plain', 'it is not executable'],
    [join(folder, 'folder'), 'it is not a file'],
    [join(folder, 'none'), 'there is no such file'],
    ['none', 'there is no such program in PATH'],
  ] as const)
    t.equal(whyNoProgram(path, `relative::${folder}`), reason, path);
});
