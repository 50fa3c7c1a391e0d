import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { daemonIdentity } from '../../src/doctor/identity.ts';
import { judgeReach } from '../../src/doctor/reach.ts';
import { needRoot } from '../support/peers.ts';
import { readOnlyPlace } from './patient.ts';

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
    `${base}/new of the service web does not exist; install -d ${base}/new`,
  ]);
  t.same(look(shut, ['read', 'enter']), [
    `nobody, who serves the service web, may not read or enter ${shut}; chmod o+rx ${shut}, or setfacl -m u:nobody:rx ${shut}, or user: in services.web`,
  ]);
  t.same(look(shut, ['read', 'write', 'enter']), [
    `nobody, who serves the service web, may not read, write or enter ${shut}; chown nobody ${shut}, or setfacl -m u:nobody:rwx ${shut}, or user: in services.web`,
  ]);

  const key = join(base, 'key');
  writeFileSync(key, '', { mode: 0o600 });
  t.same(
    judgeReach({ path: key, wants: ['read'], kind: 'file', isMade: false, isSecret: true }, reach)[0]?.fix,
    `chgrp ${identity.gid} ${key} && chmod 0640 ${key}, or setfacl -m u:nobody:r ${key}, or user: in services.web`,
    'a key is not for everybody',
  );

  t.equal(
    judgeReach({ path: join(base, 'in'), wants: ['write', 'enter'], ...folder }, reach)[0]?.fix,
    `install -d -o nobody -m 0700 ${base}/in`,
    'what is written to is its own',
  );

  const log = (path: string) =>
    judgeReach({ path, wants: ['write'], kind: 'file', isMade: true }, reach).map(({ message }) => message);
  t.equal(
    judgeReach({ path: join(base, 'log'), wants: ['write'], kind: 'file', isMade: true }, reach)[0]?.fix,
    `install -o nobody -m 0640 /dev/null ${base}/log, or user: in services.web`,
    'the file is made, and its folder not given away',
  );
  t.same(log(join(base, 'new/log')), [], 'the folder is made for who writes');
  t.same(log(join(base, 'log')), [
    `nobody, who serves the service web, may not write ${base}, on the way to ${base}/log`,
  ]);
  t.same(log(key), [`nobody, who serves the service web, may not write ${key}`]);
});

t.test('each first fix mends it', async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const base = mkdtempSync(join(tmpdir(), 'portico-reach-'));
  t.teardown(() => rmSync(base, { recursive: true }));
  chmodSync(base, 0o755);
  const identity = daemonIdentity({ user: 'nobody', group: null });
  if (identity === null) return t.fail('there is a nobody');
  const reach = { of: 'service web', userAt: null, identity };
  const place = join(base, 'place');
  const cases: readonly (readonly [uid: number, gid: number, mode: number])[] = [
    [0, 0, 0o700],
    [0, 0, 0o500],
    [0, 0, 0o000],
    [4711, 4711, 0o700],
    [4711, identity.gid, 0o700],
    [identity.uid, 0, 0o077],
  ];
  for (const [uid, gid, mode] of cases) {
    for (const wants of [
      ['read', 'enter'],
      ['read', 'write', 'enter'],
    ] as const) {
      mkdirSync(place);
      chownSync(place, uid, gid);
      chmodSync(place, mode);
      const look = () => judgeReach({ path: place, wants, kind: 'folder', isMade: false }, reach);
      const [found] = look();
      const fix = found?.fix?.split(', or ')[0] ?? 'false';
      execFileSync('/bin/sh', ['-c', fix]);
      t.same(look(), [], `${uid}:${gid} ${mode.toString(8)}: ${fix}`);
      rmSync(place, { recursive: true });
    }
  }
});

t.test('a file system that is mounted read-only', async (t) => {
  const place = readOnlyPlace();
  if (place === null) return t.plan(0, 'there is none here');
  const identity = daemonIdentity({ user: null, group: null });
  if (identity === null) return t.fail('there is a user');
  const reach = { of: 'delivery out', userAt: null, identity };
  const look = (path: string) =>
    judgeReach({ path, wants: ['write', 'enter'], kind: 'folder', isMade: true }, reach).map(({ message }) => message);
  t.same(look(place), [
    `nothing can be written to ${place} of the delivery out: the file system of ${place} is mounted read-only`,
  ]);
  t.same(look(join(place, 'new')), [
    `nothing can be written to ${place}/new of the delivery out: the file system of ${place} is mounted read-only`,
  ]);
});
