import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { letIn, userWord } from '../../src/doctor/let-in.ts';
import type { Want } from '../../src/system/may-read.ts';
import { needRoot } from '../support/peers.ts';

const identity = { name: 'ann', uid: 4711, gid: 4712, groups: new Set([4712, 4713]) };

t.test('by owner, group or bits, whichever fits', async (t) => {
  if (!needRoot(t, 'giving files away')) return;
  const place = mkdtempSync(join(tmpdir(), 'portico-let-in-'));
  t.teardown(() => rmSync(place, { recursive: true }));
  const all: Want[] = ['read', 'write', 'enter'];
  const cases: readonly [uid: number, gid: number, mode: number, lacks: Want[], needs: Want[], first: string][] = [
    [0, 0, 0o700, ['read', 'enter'], ['read', 'enter'], `chmod o+rx ${place}`],
    [0, 0, 0o755, ['write'], all, `chown ann ${place}`],
    [0, 0, 0o555, ['write'], all, `chown ann ${place} && chmod u+w ${place}`],
    [0, 4713, 0o750, ['write'], all, `chmod g+w ${place}`],
    [4711, 0, 0o500, ['write'], all, `chmod u+w ${place}`],
    // Somebody's own is not taken from him.
    [4714, 0, 0o755, ['write'], all, `chgrp 4712 ${place} && chmod g+rwx ${place}`],
  ];
  for (const [uid, gid, mode, lacks, needs, first] of cases) {
    chownSync(place, uid, gid);
    chmodSync(place, mode);
    const [found, other] = letIn({ place, lacks, needs, isSecret: false }, identity);
    t.equal(found, first);
    t.equal(other, `setfacl -m u:ann:${needs.length === 3 ? 'rwx' : 'rx'} ${place}`, 'all that is needed');
  }
});

t.test('a path is one word of the command, whatever is in it', async (t) => {
  const place = mkdtempSync(join(tmpdir(), 'portico let-in '));
  t.teardown(() => rmSync(place, { recursive: true }));
  const own = { ...identity, uid: process.getuid?.() ?? 0 };
  t.same(letIn({ place, lacks: ['write'], needs: ['write'], isSecret: false }, own), [
    `chmod u+w '${place}'`,
    `setfacl -m u:ann:w '${place}'`,
  ]);
});

t.test('a folder that many use is not given away', async (t) => {
  const request = { place: '/var/log', lacks: ['write'], needs: ['write', 'enter'], isSecret: false } as const;
  t.same(letIn(request, identity), [
    'install -d -o ann -m 0700 /var/log/portico, and /var/log/portico in place of /var/log',
  ]);
});

t.test('who has no name is told by number', async (t) => {
  t.equal(userWord(identity), 'ann');
  t.equal(userWord({ ...identity, name: 'user 4711' }), '4711');
});
