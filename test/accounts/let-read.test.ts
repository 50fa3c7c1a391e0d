import { chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { letRead } from '../../src/accounts/let-read.ts';
import { findGroup, findUser } from '../../src/system/users.ts';

const nobody = findUser('nobody');
const isRoot = process.geteuid?.() === 0;

t.test('what root has made is read by the workers’ group', { skip: isRoot ? false : 'needs root' }, async (t) => {
  const file = join(t.testdir({ 'accounts.db': '' }), 'accounts.db');
  letRead(file, { user: 'nobody', group: null });
  t.match(statSync(file), { uid: 0, gid: nobody?.gid });
  t.equal(statSync(file).mode & 0o7777, 0o640);
  letRead(file, { user: 'nobody', group: 'daemon' });
  t.match(statSync(file), { uid: 0, gid: findGroup('daemon') });
});

t.test('what is theirs, or root’s to read, stays', { skip: isRoot ? false : 'needs root' }, async (t) => {
  const file = join(t.testdir({ 'accounts.db': '' }), 'accounts.db');
  const { mode, gid } = statSync(file);
  letRead(file, { user: 'root' });
  letRead(file, { user: 'no-such-user' });
  t.match(statSync(file), { uid: 0, gid, mode });
  chownSync(file, nobody?.uid ?? 0, gid);
  letRead(file, { user: 'nobody' });
  t.match(statSync(file), { uid: nobody?.uid, gid, mode });
});
