import fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';

import type { Plan } from '../../src/contract/plan.ts';
import { createMasterLog } from '../../src/master/master-log.ts';
import { noLogging, plan as planOf } from '../support/plans.ts';

function loggingTo(path: string): Plan {
  return planOf({ logging: { ...noLogging, outputs: [{ kind: 'file', path, format: 'json' }] } });
}

/** The reasons in a log file, one for each line. */
function reasonsIn(path: string): unknown[] {
  const lines = fs.readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { reason: unknown }).reason);
}

/** Resolves when something is in the file. */
async function written(path: string): Promise<void> {
  while (!fs.existsSync(path) || fs.statSync(path).size === 0) await turn();
}

t.test('lines said before the log is open are not lost, nor out of order', async (t) => {
  const path = join(t.testdir(), 'log');
  const log = createMasterLog();
  log.emit('config.rejected', { reason: 'one' });
  log.configure(loggingTo(path));
  log.emit('config.rejected', { reason: 'two' });
  await log.close();
  t.same(reasonsIn(path), ['one', 'two']);
});

t.test('goes where the plan in force says', async (t) => {
  const folder = t.testdir();
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const log = createMasterLog();
  log.configure(loggingTo(a));
  log.configure(loggingTo(a));
  log.emit('config.rejected', { reason: 'one' });
  log.configure(loggingTo(b));
  await log.close();
  t.same(reasonsIn(a), ['one']);
  t.same(reasonsIn(b), []);
});

t.test('is opened again where it was renamed', async (t) => {
  const path = join(t.testdir(), 'log');
  const log = createMasterLog();
  log.configure(loggingTo(path));
  log.emit('config.rejected', { reason: 'old' });
  await written(path);
  fs.renameSync(path, `${path}.1`);
  log.reopen();
  log.emit('config.rejected', { reason: 'new' });
  await log.close();
  t.same(reasonsIn(`${path}.1`), ['old']);
  t.same(reasonsIn(path), ['new']);
});

t.test('nothing was configured: nothing to write, nothing to wait for', async () => {
  const log = createMasterLog();
  log.emit('config.rejected', { reason: 'nobody reads this' });
  log.reopen();
  await log.close();
});
