import fs, { constants } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { syncedWrites } from '../../src/system/synced-writes.ts';

t.test('a file that is opened with it says so', { skip: process.platform !== 'linux' }, async (t) => {
  const path = join(t.testdir(), 'file');
  const fd = fs.openSync(path, constants.O_WRONLY | constants.O_CREAT | syncedWrites, 0o600);
  t.teardown(() => fs.closeSync(fd));
  fs.writeSync(fd, 'hello');
  const [, flags = '0'] = /^flags:\s+([0-7]+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
  t.equal(Number.parseInt(flags, 8) & constants.O_DSYNC, constants.O_DSYNC);
  t.equal(fs.readFileSync(path, 'utf8'), 'hello');
});
