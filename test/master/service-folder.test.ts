import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { serviceFolder } from '../../src/contract/service-folder.ts';
import { prepareServiceFolder, prepareWrittenFolders } from '../../src/master/service-folder.ts';

import { servicePlan } from '../support/plans.ts';

const own = process.getuid?.() ?? 0;

t.test('makes a folder for the user of the services, and for nobody else', async (t) => {
  const state = t.testdir();
  prepareServiceFolder(state, null);
  const { mode, uid } = statSync(serviceFolder(state, own));
  t.same([mode & 0o777, uid], [0o700, own]);
  prepareServiceFolder(state, null);
  if (own !== 0) return;
  prepareServiceFolder(state, { user: 'somebody', uid: 4242, gid: 4243 });
  const other = statSync(serviceFolder(state, 4242));
  t.same([other.mode & 0o777, other.uid, other.gid], [0o700, 4242, 4243]);
});

t.test('gives away nothing that a link leads to, and keeps no service from starting', async (t) => {
  const state = t.testdir({ elsewhere: {} });
  mkdirSync(join(state, 'services'));
  symlinkSync(join(state, 'elsewhere'), serviceFolder(state, own));
  const before = statSync(join(state, 'elsewhere')).mode;
  prepareServiceFolder(state, null);
  t.equal(statSync(join(state, 'elsewhere')).mode, before);

  const broken = t.testdir();
  writeFileSync(join(broken, 'services'), 'no folder');
  t.doesNotThrow(() => prepareServiceFolder(broken, null));
  t.notOk(existsSync(serviceFolder(broken, own)));
});

t.test('the folders that services write to, where there are none yet', async (t) => {
  const folder = t.testdir({ there: {} });
  chmodSync(join(folder, 'there'), 0o700);
  const services = [
    servicePlan({ folders: [join(folder, 'a/b')] }),
    servicePlan({ folders: [join(folder, 'there'), '/dev/null/never'] }),
    servicePlan(),
  ];
  prepareWrittenFolders(services, null);
  t.equal(statSync(join(folder, 'a/b')).mode & 0o7777, 0o750);
  t.equal(statSync(join(folder, 'there')).mode & 0o7777, 0o700, 'one that is there stays as it is');
  if (process.getuid?.() !== 0) return;
  prepareWrittenFolders([servicePlan({ folders: [join(folder, 'c/d')] })], {
    user: 'nobody',
    uid: 65_534,
    gid: 65_534,
  });
  t.match(statSync(join(folder, 'c/d')), { uid: 65_534, gid: 65_534 });
  t.match(statSync(join(folder, 'c')), { uid: 0, mode: 0o40755 }, 'those above it are ours, and open to go through');
});
