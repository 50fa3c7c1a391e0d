import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { daemonIdentity } from '../../src/doctor/identity.ts';
import { judgeReach } from '../../src/doctor/reach.ts';
import { needRoot } from '../support/peers.ts';

t.test('each thing found comes with what mends it, all of it at once', async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const base = mkdtempSync(join(tmpdir(), 'portico-reach-'));
  t.teardown(() => rmSync(base, { recursive: true }));
  chmodSync(base, 0o755);
  const shut = join(base, 'shut');
  mkdirSync(shut, { mode: 0o700 });
  const identity = daemonIdentity({ user: 'nobody', group: null });
  if (identity === null) return t.fail('there is a nobody');
  const reach = { of: 'service web', userAt: 'services.web', identity };
  const folder = { kind: 'folder', isMade: false } as const;
  const look = (path: string, wants: readonly ('read' | 'write' | 'enter')[]) =>
    judgeReach({ path, wants, ...folder }, reach).map(({ message, fix }) => `${message}; ${fix}`);

  t.same(look(base, ['read', 'enter']), []);
  t.same(look(join(base, 'new'), ['read', 'enter']), [
    `${base}/new of the service web does not exist; install -d -o nobody ${base}/new`,
  ]);
  t.same(look(shut, ['read', 'enter']), [
    `nobody, who serves the service web, may not read, enter ${shut}; setfacl -m u:nobody:rx ${shut}, chmod o+rx ${shut}, or user: in services.web`,
  ]);
  t.same(look(shut, ['read', 'write', 'enter']), [
    `nobody, who serves the service web, may not read, write, enter ${shut}; setfacl -m u:nobody:rwx ${shut}, chown nobody ${shut}, or user: in services.web`,
  ]);

  const key = join(base, 'key');
  writeFileSync(key, '', { mode: 0o600 });
  t.same(
    judgeReach({ path: key, wants: ['read'], kind: 'file', isMade: false, isSecret: true }, reach)[0]?.fix,
    `setfacl -m u:nobody:r ${key}, chgrp ${identity.gid} ${key} && chmod 0640 ${key}, or user: in services.web`,
    'a key is not for everybody',
  );

  const log = (path: string) =>
    judgeReach({ path, wants: ['write'], kind: 'file', isMade: true }, reach).map(({ message }) => message);
  t.same(log(join(base, 'new/log')), [], 'the folder is made for who writes');
  t.same(log(join(base, 'log')), [
    `nobody, who serves the service web, may not write ${base}, on the way to ${base}/log`,
  ]);
  t.same(log(key), [`nobody, who serves the service web, may not write ${key}`]);
});
