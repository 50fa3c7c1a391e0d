import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { Plan } from '../../src/contract/plan.ts';
import { ConfigError } from '../../src/contract/errors.ts';
import { shortFolder } from '../system/short-folder.ts';
import { daemonPlan, listenPlan, plan, servicePlan } from '../support/plans.ts';
import { createFakeHouse, createFakeTerminal, mistake, portico } from './fakes.ts';

/** Its control socket has a short path. */
function folderWithFile(t: Test): string {
  const folder = shortFolder(t);
  // It is a state too, and who serves has to get in.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'a.yaml'), 'services: {}\n');
  return folder;
}

function houseWith(more: Partial<Plan>) {
  return createFakeHouse({ loadConfig: () => Promise.resolve(plan(more)) });
}

t.test('what is found: the worst first, each with what mends it, and the exit code by the worst', async (t) => {
  const daemon = daemonPlan({ state: folderWithFile(t) });
  const file = `${daemon.state}/a.yaml`;
  const fine = await portico(['doctor', '-c', file], createFakeTerminal(), houseWith({ daemon }));
  t.match(fine, { code: 0, err: '' });
  t.match(fine.out, /^note {2}daemon: the daemon is not running\n {9}portico run, or/m);
  t.match(fine.out, /\nnothing to mend\n$/);

  const accounts = [{ kind: 'file', path: '/nonexistent' } as const];
  const warned = await portico(['doctor', '-c', file], createFakeTerminal(), houseWith({ daemon, accounts }));
  t.match(warned, { code: 1, out: /^warning {2}daemon: there is no file \/nonexistent yet/ });
  t.match(warned.out, /\n0 errors, 1 warning\n$/);

  const services = [servicePlan({ listen: [listenPlan('tcp://203.0.113.9:4000')] })];
  const broken = await portico(['doctor', '-c', file], createFakeTerminal(), houseWith({ daemon, accounts, services }));
  t.match(broken, { code: 69, out: /^error {2}ports: .*\n {9}.*\nwarning {2}daemon: / });
  t.match(broken.out, /\n1 error, 1 warning\n$/);
});

t.test('as JSON', async (t) => {
  const daemon = daemonPlan({ state: folderWithFile(t) });
  const { code, out } = await portico(
    ['doctor', '--json', '-c', `${daemon.state}/a.yaml`],
    createFakeTerminal(),
    houseWith({ daemon }),
  );
  t.equal(code, 0);
  const { findings } = JSON.parse(out) as { findings: readonly object[] };
  t.match(findings[0], {
    severity: 'note',
    check: 'daemon',
    message: 'the daemon is not running',
    fix: /^portico run/,
  });
});

t.test('a configuration with mistakes is what has to be mended first', async (t) => {
  const wrong = createFakeHouse({ loadConfig: () => Promise.reject(new ConfigError([mistake])) });
  t.match(await portico(['doctor', '-c', 'a.yaml'], createFakeTerminal(), wrong), { code: 78 });
});
