import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';

import t from 'tap';

import { processIdentity } from '../../src/doctor/process-identity.ts';
import { needRoot } from '../support/peers.ts';

t.test('ours', async (t) => {
  const uid = process.getuid?.() ?? -1;
  const gid = process.getgid?.() ?? -1;
  const identity = processIdentity(process.pid);
  t.match(identity, { name: userInfo().username, uid, gid });
  t.same(identity?.groups, new Set([gid, ...(process.getgroups?.() ?? [])]));
});

t.test("another user's", async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const child = spawn('/bin/cat', { uid: 12_345, gid: 12_346, stdio: ['pipe', 'ignore', 'inherit'] });
  await once(child, 'spawn');
  t.match(processIdentity(child.pid ?? 0), { name: 'user 12345', uid: 12_345, gid: 12_346 });
  child.stdin.end();
  await once(child, 'exit');
  t.equal(processIdentity(child.pid ?? 0), null);
});
