import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { prepareHomes } from '../../src/master/homes.ts';
import { daemonPlan, plan } from '../support/plans.ts';

const isRoot = process.getuid?.() === 0;
const nobody = { user: 'nobody', uid: 65_534, gid: 65_534 };
const accounts = [{ kind: 'file', path: '/etc/portico/accounts.yaml' }] as const;

t.test('homes have a folder, where there may be accounts', async (t) => {
  const state = join(t.testdir(), 'state');
  prepareHomes(plan({ daemon: daemonPlan({ state }) }), null);
  t.equal(fs.existsSync(state), false);
  prepareHomes(plan({ accounts: [...accounts], daemon: daemonPlan({ state }) }), null);
  t.equal(fs.statSync(join(state, 'home')).mode & 0o7777, 0o711);
});

t.test(
  'it belongs to the user that services run as',
  { skip: !isRoot && 'only root can give folders away' },
  async (t) => {
    const state = t.testdir();
    prepareHomes(plan({ accounts: [...accounts], daemon: daemonPlan({ state }) }), nobody);
    t.match(fs.statSync(join(state, 'home')), { uid: 65_534, gid: 65_534, mode: 0o40711 });
  },
);

t.test('one that is there stays as it is', async (t) => {
  const state = t.testdir({ home: {} });
  fs.chmodSync(join(state, 'home'), 0o750);
  prepareHomes(plan({ accounts: [...accounts], daemon: daemonPlan({ state }) }), null);
  t.equal(fs.statSync(join(state, 'home')).mode & 0o7777, 0o750);
});

t.test('a state that cannot be written to keeps nobody from starting', async (t) => {
  prepareHomes(plan({ accounts: [...accounts], daemon: daemonPlan({ state: '/dev/null/state' }) }), null);
  t.pass();
});
