import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

import t from 'tap';

import { residentBytes } from '../../src/system/resident-memory.ts';

const isSqueezed = process.env['SQUEEZED'] === '1';

// A worker without descriptors is asked how it is doing all the same.
t.test('is told without a free descriptor', (t) => {
  if (!isSqueezed) {
    const shell = ['-c', 'ulimit -n 64 && exec "$@"', 'sh', process.execPath, import.meta.filename];
    const { status, stdout } = spawnSync('/bin/sh', shell, { env: { ...process.env, SQUEEZED: '1' } });
    t.equal(status, 0, stdout.toString());
    return t.end();
  }
  const before = residentBytes();
  t.ok(before > 1_000_000);
  const opened: number[] = [];
  t.throws(
    () => {
      for (;;) opened.push(openSync('/dev/null', 'r'));
    },
    { code: 'EMFILE' },
  );
  const now = residentBytes();
  for (const fd of opened) closeSync(fd);
  t.equal(now, before);
  t.end();
});
