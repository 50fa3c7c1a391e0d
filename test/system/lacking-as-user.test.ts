import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { lackingAsUser } from '../../src/system/lacking-as-user.ts';
import { needRoot } from '../support/peers.ts';

const all = ['read', 'write', 'enter'] as const;

t.test('as ourselves', async (t) => {
  const place = t.testdir({});
  const reader = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  t.same(lackingAsUser([{ place, wants: all }], reader), [[]]);
  t.same(lackingAsUser([{ place: join(place, 'missing'), wants: ['read'] }], reader), [['read']]);
});

t.test('as somebody else, with his groups', async (t) => {
  if (!needRoot(t, 'another identity')) return;
  const base = mkdtempSync(join(tmpdir(), 'portico-asked-'));
  t.teardown(() => rmSync(base, { recursive: true }));
  chmodSync(base, 0o755);
  const place = join(base, 'place');
  mkdirSync(place);
  chownSync(place, 0, 4713);
  chmodSync(place, 0o750);
  const asked = [
    { place: base, wants: ['enter'] },
    { place, wants: all },
  ] as const;
  t.same(lackingAsUser(asked, { uid: 4711, gid: 4712 }), [[], [...all]]);
  t.same(lackingAsUser(asked, { uid: 4711, gid: 4712, groups: [4713] }), [[], ['write']]);
  const list = spawnSync('setfacl', ['-m', 'u:4711:rwx', place]);
  if (list.status === 0) t.same(lackingAsUser(asked, { uid: 4711, gid: 4712 }), [[], []], 'a list of access counts');
});
