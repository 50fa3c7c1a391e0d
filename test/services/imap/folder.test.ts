import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createAccountLock } from '../../../src/services/imap/account-lock.ts';
import { createFolder, type Folder } from '../../../src/services/imap/folder.ts';
import { createFakeBuses, type FakeBus } from '../../support/fake-bus.ts';
import { makeMaildir, type Mails } from './stage.ts';

/** The same folder as so many workers see it. */
function folders(t: Test, mails: Mails, count = 1): { path: string; all: Folder[] } {
  const path = join(t.testdir({}), 'alice');
  makeMaildir(path, mails);
  const all = createFakeBuses(count).map((bus: FakeBus) => {
    const lock = createAccountLock(bus);
    return createFolder({ path, alone: (task) => lock.hold('alice', task), newValidity: async () => 7 });
  });
  return { path, all };
}

async function uidsOf(folder: Folder): Promise<(readonly [number, string])[]> {
  return ((await folder.look())?.files ?? []).map(({ uid, unique }) => [uid, unique]);
}

t.test('messages have numbers in the order they came in', async (t) => {
  const { path, all } = folders(t, { 'new/20.b': '', 'cur/3.a:2,S': '', 'cur/100.c:2,': '', 'new/.hidden': '' });
  const [folder] = all as [Folder];
  t.same(await uidsOf(folder), [
    [1, '3.a'],
    [2, '20.b'],
    [3, '100.c'],
  ]);
  fs.writeFileSync(join(path, 'new/5.d'), '');
  t.same(await uidsOf(folder), [
    [1, '3.a'],
    [2, '20.b'],
    [3, '100.c'],
    [4, '5.d'],
  ]);
  await t.test('that stay with them, whatever they are renamed to', async (t) => {
    fs.renameSync(join(path, 'new/20.b'), join(path, 'cur/20.b:2,FS'));
    t.same((await folder.look())?.files[1]?.place, { part: 'cur', name: '20.b:2,FS' });
  });
  await t.test('and go with them', async (t) => {
    fs.rmSync(join(path, 'new/5.d'));
    t.equal((await uidsOf(folder)).length, 3);
    fs.writeFileSync(join(path, 'new/6.e'), '');
    t.same((await uidsOf(folder)).at(-1), [5, '6.e']);
    t.equal((await folder.look())?.next, 6);
  });
});

t.test('two workers that look at once give the same numbers', async (t) => {
  const mails = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`new/${index}.x`, '']));
  const { path, all } = folders(t, mails, 3);
  const seen = await Promise.all(all.map(uidsOf));
  t.equal(seen[0]?.length, 50);
  t.same(seen[1], seen[0]);
  t.same(seen[2], seen[0]);
  t.equal(new Set(fs.readFileSync(join(path, 'portico-uids'), 'utf8').match(/^\d+/gm)).size, 50);
});

t.test('nothing is read again when nothing has changed', async (t) => {
  const { path, all } = folders(t, { 'new/1.a': '' });
  const [folder] = all as [Folder];
  await folder.look();
  const past = new Date(Date.now() - 60_000);
  for (const name of ['new', 'cur', 'portico-uids']) fs.utimesSync(join(path, name), past, past);
  const first = await folder.look();
  t.equal(await folder.look(), first);
  fs.writeFileSync(join(path, 'new/2.b'), '');
  t.not(await folder.look(), first);
});

t.test('a message that others have moved is found', async (t) => {
  const { path, all } = folders(t, { 'new/1.a': 'text', 'new/2.b': '' });
  const [folder] = all as [Folder];
  const [first, second] = (await folder.look())?.files ?? [];
  if (first === undefined || second === undefined) return t.fail('two are there');
  fs.renameSync(join(path, 'new/1.a'), join(path, 'cur/1.a:2,F'));
  t.equal(await folder.setLetters(first, (before) => `${before}S`), 'FS');
  t.same(fs.readdirSync(join(path, 'cur')), ['1.a:2,FS']);
  fs.rmSync(join(path, 'new/2.b'));
  t.equal(await folder.open(second), null);
  t.equal(await folder.timeOf(second), null);
  t.equal(await folder.setLetters(second, () => 'S'), null);
  await folder.remove(second);
  fs.symlinkSync('/etc/passwd', join(path, 'new/2.b'));
  await t.rejects(folder.open(second), { code: 'ELOOP' });
});

t.test('a folder that is gone', async (t) => {
  const { path, all } = folders(t, { 'new/1.a': '' });
  const [folder] = all as [Folder];
  await folder.look();
  fs.rmSync(path, { recursive: true });
  t.equal(await folder.look(), null);
});

t.test('adds all, or none', async (t) => {
  const { path, all } = folders(t, { 'new/1.a': 'one', 'cur/2.b:2,S': 'two' });
  const [folder] = all as [Folder];
  const from = (name: string): Buffer => Buffer.from(join(path, name));
  const copies = [
    { from: from('new/1.a'), isMoved: false, unique: '9.x', letters: 'F' },
    { from: from('cur/2.b:2,S'), isMoved: true, unique: '9.y', letters: '' },
  ];
  await t.rejects(folder.add([...copies, { from: from('new/none'), isMoved: false, unique: '9.z', letters: '' }]), {
    code: 'ENOENT',
  });
  t.same(fs.readdirSync(join(path, 'cur')), ['2.b:2,S']);
  t.same(await folder.add(copies), { validity: 7, uids: [3, 4] });
  t.same(fs.readdirSync(join(path, 'cur')), ['9.x:2,F', '9.y:2,']);
  t.same(await uidsOf(folder), [
    [1, '1.a'],
    [3, '9.x'],
    [4, '9.y'],
  ]);
});
