import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { serviceFolder } from '../../src/contract/service-folder.ts';
import { prepareServiceFolder } from '../../src/master/service-folder.ts';

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
