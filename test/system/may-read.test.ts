import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import { mayEnter, mayRead, mayReadUs } from '../../src/system/may-read.ts';
import { needRoot } from '../support/peers.ts';

const somebody = { uid: 4711, gid: 4712 };

t.test('by the bits of the file and of the folders above it', async (t) => {
  if (!needRoot(t, 'giving files away')) return;
  const root = mkdtempSync(join(tmpdir(), 'portico-may-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  chmodSync(root, 0o755);
  const [folder, file] = [join(root, 'folder'), join(root, 'folder/file')];
  mkdirSync(folder);
  writeFileSync(file, '');
  const cases: readonly [
    folderMode: number,
    fileMode: number,
    uid: number,
    gid: number,
    read: boolean,
    enter: boolean,
  ][] = [
    [0o755, 0o644, 0, 0, true, true],
    [0o711, 0o604, 0, 0, true, true],
    [0o700, 0o644, 0, 0, false, false],
    [0o755, 0o600, 0, 0, false, true],
    [0o755, 0o640, 0, 4712, true, true],
    [0o755, 0o400, 4711, 0, true, true],
    // The owner's bits count for the owner, though others might.
    [0o755, 0o044, 4711, 0, false, true],
  ];
  for (const [folderMode, fileMode, uid, gid, read, enter] of cases) {
    chmodSync(folder, folderMode);
    chmodSync(file, fileMode);
    chownSync(file, uid, gid);
    const shown = `${folderMode.toString(8)} ${fileMode.toString(8)} ${uid}:${gid}`;
    t.equal(mayRead(file, somebody), read, shown);
    t.equal(mayEnter(folder, somebody), enter, shown);
  }
  t.equal(mayRead(file, { uid: 0, gid: 0 }), true, 'root may');
  chownSync(file, 0, 4713);
  chmodSync(file, 0o640);
  t.equal(mayRead(file, somebody), false);
  t.equal(mayRead(file, { ...somebody, groups: [4713] }), true);
});

t.test('what is not there', async (t) => {
  t.equal(mayRead('/nonexistent/file', somebody), false);
  t.equal(mayEnter('/nonexistent', somebody), false);
});

t.test('our own files', async (t) => {
  t.equal(mayReadUs({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }), true);
});
