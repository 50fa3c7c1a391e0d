import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { createMaildir, type Maildir } from '../../../src/services/pop3/maildir.ts';
import { openMaildrop, type Maildrop } from '../../../src/services/pop3/maildrop.ts';
import { createMessageSizes, readFile, type MessageSizes } from '../../../src/services/pop3/message-sizes.ts';
import { makeMaildir, type Mails } from './stage.ts';

interface Box {
  readonly path: string;
  names(): string[];
  open(): Promise<Maildrop>;
  readonly sizes: MessageSizes;
}

function createBox(t: Test, mails: Mails, change: (maildir: Maildir) => Maildir = (maildir) => maildir): Box {
  const path = join(t.testdir({}), 'box');
  makeMaildir(path, mails);
  const sizes = createMessageSizes();
  return {
    path,
    sizes,
    names: () =>
      ['new', 'cur'].flatMap((name) => fs.readdirSync(join(path, name)).map((file) => `${name}/${file}`)).sort(),
    open: () => openMaildrop({ maildir: change(createMaildir(path)), name: 'box', sizes }),
  };
}

function numbersOf(maildrop: Maildrop): (readonly [number, number, string])[] {
  return Array.from(maildrop.messages(), ({ number, octets, uid }) => [number, octets, uid] as const);
}

async function textOf(maildrop: Maildrop, number: number): Promise<string | null> {
  const handle = await maildrop.open(maildrop.find(number)!);
  if (handle === null) return null;
  const parts: Buffer[] = [];
  for await (const part of readFile(handle)) parts.push(part);
  await handle.close();
  return Buffer.concat(parts).toString();
}

t.test('what a mailbox holds, oldest first', async (t) => {
  const box = createBox(t, { 'new/20.c': 'a\nb\n', 'cur/9.b:2,S': 'x\r\n', 'new/10.a,S=5,W=77': 'hello' });
  const maildrop = await box.open();
  t.same(numbersOf(maildrop), [
    [1, 3, '9.b'],
    [2, 77, '10.a,S=5,W=77'],
    [3, 6, '20.c'],
  ]);
  t.same([maildrop.count, maildrop.octets], [3, 86]);
  t.same([maildrop.find(0), maildrop.find(4)], [undefined, undefined]);
  t.equal(await textOf(maildrop, 3), 'a\nb\n');
});

t.test('a mailbox that is not there is empty', async (t) => {
  const maildir = createMaildir(join(t.testdir({}), 'none'));
  const maildrop = await openMaildrop({ maildir, name: 'none', sizes: createMessageSizes() });
  t.same([maildrop.count, maildrop.octets], [0, 0]);
  t.same(await maildrop.update(), { left: 0, error: null });
});

t.test('sizes are those of the text with CRLF, measured once', async (t) => {
  const { sizes, open, path } = createBox(t, { 'new/1.a': `${'x'.repeat(70_000)}\n\n.`, 'new/2.empty': '' });
  t.same(numbersOf(await open()), [
    [1, 70_007, '1.a'],
    [2, 0, '2.empty'],
  ]);
  fs.renameSync(join(path, 'new/1.a'), join(path, 'cur/1.a:2,S'));
  t.match(numbersOf(await open()), [[1, 70_007, '1.a'], [2]]);
  t.equal(await sizes.of('box/1.a', () => Promise.reject(new Error('it is known'))), 70_007);
  t.equal(await sizes.of('box/gone', async () => null), 0);
});

t.test('only plain files are messages', async (t) => {
  const box = createBox(t, { 'new/1.a': 'x', 'new/.hidden': 'x', 'new/:2,S': 'x', 'tmp/2.b': 'x' });
  fs.symlinkSync('/etc/passwd', join(box.path, 'new/3.link'));
  fs.mkdirSync(join(box.path, 'cur/4.folder'));
  t.same(numbersOf(await box.open()), [[1, 3, '1.a']]);

  await t.test('also when one becomes something else later', async (t) => {
    const maildrop = await box.open();
    fs.rmSync(join(box.path, 'new/1.a'));
    fs.symlinkSync('/etc/passwd', join(box.path, 'new/1.a'));
    await t.rejects(textOf(maildrop, 1), { code: 'ELOOP' });
    fs.rmSync(join(box.path, 'new/1.a'));
    fs.mkdirSync(join(box.path, 'new/1.a'));
    t.equal(await textOf(maildrop, 1), null);
  });
});

t.test('names that are no text', async (t) => {
  const box = createBox(t, {});
  const name = Buffer.concat([Buffer.from(`${box.path}/new/1.`), Buffer.from([0xff, 0x0d, 0x0a, 0x20])]);
  fs.writeFileSync(name, 'odd\n');
  const maildrop = await box.open();
  const [[, octets, uid] = []] = numbersOf(maildrop);
  t.equal(octets, 5);
  t.match(uid, /^[\w-]{43}$/);
  t.equal(await textOf(maildrop, 1), 'odd\n');
  t.equal((await box.open()).find(1)?.uid, uid);
  maildrop.markDeleted(maildrop.find(1)!);
  t.same(await maildrop.update(), { left: 0, error: null });
  t.same(box.names(), []);
});

t.test('marking changes nothing before the update', async (t) => {
  const box = createBox(t, { 'new/1.a': 'a\n', 'new/2.b': 'bb\n', 'cur/3.c:2,': 'ccc\n', 'cur/4.d:2,F': 'd\n' });
  const maildrop = await box.open();
  const [first, second] = [maildrop.find(1)!, maildrop.find(2)!];
  maildrop.markDeleted(first);
  maildrop.markDeleted(first);
  t.same([maildrop.count, maildrop.octets, maildrop.find(1)], [3, 12, undefined]);
  maildrop.reset();
  t.same([maildrop.count, maildrop.octets], [4, 15]);
  maildrop.markDeleted(second);
  maildrop.markRead(maildrop.find(4)!);
  t.same(box.names(), ['cur/3.c:2,', 'cur/4.d:2,F', 'new/1.a', 'new/2.b']);
  t.same(await maildrop.update(), { left: 0, error: null });
  t.same(box.names(), ['cur/1.a:2,', 'cur/3.c:2,', 'cur/4.d:2,FS']);
  t.same(
    numbersOf(await box.open()).map(([, , uid]) => uid),
    ['1.a', '3.c', '4.d'],
  );
});

t.test('another program may move messages meanwhile', async (t) => {
  const box = createBox(t, { 'new/1.a': 'a', 'new/2.b': 'b', 'new/3.c': 'c', 'new/4.d': 'd' });
  const maildrop = await box.open();
  for (const name of ['1.a', '2.b', '3.c'])
    fs.renameSync(join(box.path, 'new', name), join(box.path, 'cur', `${name}:2,R`));
  t.equal(await textOf(maildrop, 1), 'a');
  fs.renameSync(join(box.path, 'cur/1.a:2,R'), join(box.path, 'cur/1.a:2,RT'));
  t.equal(await textOf(maildrop, 1), 'a');
  fs.rmSync(join(box.path, 'new/4.d'));
  t.equal(await textOf(maildrop, 4), null);
  for (const number of [2, 4]) maildrop.markDeleted(maildrop.find(number)!);
  maildrop.markRead(maildrop.find(3)!);
  t.same(await maildrop.update(), { left: 0, error: null }, 'what is gone is removed');
  t.same(box.names(), ['cur/1.a:2,RT', 'cur/3.c:2,RS']);
});

t.test('what cannot be removed is told', async (t) => {
  const broken = (maildir: Maildir): Maildir => ({
    ...maildir,
    remove: (file) => (file.unique === '2.b' ? Promise.reject(new Error('no')) : maildir.remove(file)),
  });
  const box = createBox(t, { 'new/1.a': 'a', 'new/2.b': 'b', 'new/3.c': 'c' }, broken);
  const maildrop = await box.open();
  for (const number of [1, 2]) maildrop.markDeleted(maildrop.find(number)!);
  t.match(await maildrop.update(), { left: 1, error: { message: 'no' } });
  t.same(box.names(), ['cur/3.c:2,', 'new/2.b']);

  await t.test('and so is what may come back', async (t) => {
    const unsynced = (maildir: Maildir): Maildir => ({ ...maildir, sync: () => Promise.reject(new Error('EIO')) });
    const box = createBox(t, { 'new/1.a': 'a' }, unsynced);
    const maildrop = await box.open();
    maildrop.markDeleted(maildrop.find(1)!);
    t.match(await maildrop.update(), { left: 1, error: { message: 'EIO' } });
  });
});
