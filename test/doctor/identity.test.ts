import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { daemonIdentity, firstThatExists, identityOf, whereStopped } from '../../src/doctor/identity.ts';
import type { Want } from '../../src/system/may-read.ts';
import { findGroup } from '../../src/system/users.ts';
import { needRoot } from '../support/peers.ts';

t.test('who serves', async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const gidOf = (name: string) => findGroup(name) ?? -1;
  const house = { user: 'nobody', group: 'daemon' };
  t.match(identityOf({ user: null, group: null }, house), { name: 'nobody', gid: gidOf('daemon') });
  t.match(identityOf({ user: 'daemon', group: null }, house), { name: 'daemon', gid: gidOf('daemon') });
  t.match(identityOf({ user: 'daemon', group: 'adm' }, house), { name: 'daemon', gid: gidOf('adm') });
  const both = identityOf({ user: 'daemon', group: null, groups: ['adm', 'no-such-group-here'] }, house);
  t.same(both?.groups, new Set([gidOf('daemon'), gidOf('adm')]));
  t.same(identityOf({ user: 'daemon', group: null, groups: [] }, house)?.groups, new Set([gidOf('daemon')]));
  t.equal(identityOf({ user: 'no-such-user-here', group: null }, { user: null, group: null }), null);
  t.match(daemonIdentity(house), { name: 'nobody', groups: new Set([gidOf('daemon')]) });
});

t.test('where somebody is stopped on the way to a file', async (t) => {
  if (!needRoot(t, 'giving files away')) return;
  const root = mkdtempSync(join(tmpdir(), 'portico-way-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  chmodSync(root, 0o755);
  const [folder, file] = [join(root, 'folder'), join(root, 'folder/file')];
  mkdirSync(folder);
  writeFileSync(file, '');
  symlinkSync(file, join(root, 'link'));
  const own = { name: 'x', uid: 4711, gid: 4712, groups: new Set([4712]) };

  const cases: readonly [
    folderMode: number,
    fileMode: number,
    uid: number,
    gid: number,
    wants: Want[],
    stopped: string | null,
  ][] = [
    [0o755, 0o644, 0, 0, ['read'], null],
    [0o750, 0o644, 0, 0, ['read'], 'folder enter'],
    [0o755, 0o640, 0, 0, ['read'], 'file read'],
    [0o755, 0o640, 0, 4712, ['read'], null],
    [0o755, 0o640, 0, 4712, ['read', 'write'], 'file write'],
    [0o755, 0o600, 0, 0, ['read', 'write', 'enter'], 'file read,write,enter'],
    [0o700, 0o600, 0, 0, ['read', 'write'], 'folder enter'],
    [0o755, 0o200, 4711, 0, ['write'], null],
    // The owner's bits count for the owner, though others might.
    [0o755, 0o044, 4711, 4712, ['read'], 'file read'],
    [0o755, 0o644, 0, 0, ['enter'], 'file enter'],
  ];
  for (const [folderMode, fileMode, uid, gid, wants, expected] of cases) {
    chmodSync(folder, folderMode);
    chmodSync(file, fileMode);
    chownSync(file, uid, gid);
    const stopped = whereStopped(join(root, 'link'), wants, own);
    const shown = stopped === null ? null : `${stopped.place === folder ? 'folder' : 'file'} ${stopped.lacks.join()}`;
    t.equal(shown, expected, `${folderMode.toString(8)} ${fileMode.toString(8)} ${uid}:${gid} ${wants.join()}`);
  }
  t.throws(() => whereStopped(join(root, 'missing'), ['read'], own), { code: 'ENOENT' });
  t.equal(whereStopped(file, ['read', 'write'], { name: 'root', uid: 0, gid: 0, groups: new Set() }), null, 'root may');
});

t.test('the part of a path that is there', async (t) => {
  const folder = t.testdir({});
  t.equal(firstThatExists(folder), folder);
  t.equal(firstThatExists(join(folder, 'a/b')), folder);
});
