import fs from 'node:fs';
import path from 'node:path';

import t, { type Test } from 'tap';

import type { Link } from '../../../src/logging/link.ts';
import { createFileTarget, type FileTarget } from '../../../src/logging/links/file.ts';

const isRoot = process.getuid?.() === 0;

function openLink(target: FileTarget): Link {
  let link: Link | undefined;
  target.open({
    opened(opened) {
      link = opened;
    },
    broke(error) {
      throw error;
    },
  });
  return link!;
}

const send = (link: Link, line: string): Promise<Error | null> =>
  new Promise((resolve) => link.send([line], (error) => resolve(error)));

const isOpen = (fd: number): boolean => {
  try {
    fs.fstatSync(fd);
    return true;
  } catch {
    return false;
  }
};

/** Closing is asynchronous: asks until it is done. */
async function closed(fd: number): Promise<void> {
  while (isOpen(fd)) await new Promise((resolve) => setImmediate(resolve));
}

const kept = (): void => {};

t.test('a file is made with mode 0640 and appended to', async (t) => {
  const file = path.join(t.testdir({}), 'portico.log');
  const before = process.umask(0);
  const target = createFileTarget({ path: file, fd: undefined, kept });
  const link = openLink(target);
  process.umask(before);
  t.equal(await send(link, 'a\n'), null);
  link.close();
  const again = openLink(target);
  await send(again, 'b\n');
  again.close();
  t.equal(fs.readFileSync(file, 'utf8'), 'a\nb\n');
  t.equal(fs.statSync(file).mode & 0o777, 0o640);
});

t.test('a file that cannot be opened is a broken link', async (t) => {
  const target = createFileTarget({ path: path.join(t.testdir({}), 'none', 'x.log'), fd: undefined, kept });
  t.throws(() => openLink(target), { code: 'ENOENT' });
});

t.test('a descriptor that was given outlives a link, not the target', async (t) => {
  const file = path.join(t.testdir({}), 'x.log');
  const fd = fs.openSync(file, 'a');
  const target = createFileTarget({ path: '/nowhere/x.log', fd, kept });
  openLink(target).close();
  t.equal(isOpen(fd), true);
  const link = openLink(target);
  await send(link, 'a\n');
  target.close();
  link.close();
  await closed(fd);
  t.equal(fs.readFileSync(file, 'utf8'), 'a\n');
});

t.test('another descriptor takes its place, and the old one is closed after the last write', async (t) => {
  const folder = t.testdir({});
  const [one, two] = ['one', 'two'].map((name) => fs.openSync(path.join(folder, name), 'a')) as [number, number];
  const target = createFileTarget({ path: path.join(folder, 'x.log'), fd: one, kept });
  const link = openLink(target);
  const sending = send(link, 'a\n');
  target.replace(two);
  link.close();
  await sending;
  await closed(one);
  const next = openLink(target);
  await send(next, 'b\n');
  t.equal(fs.readFileSync(path.join(folder, 'one'), 'utf8'), 'a\n');
  t.equal(fs.readFileSync(path.join(folder, 'two'), 'utf8'), 'b\n');
  target.close();
  next.close();
  await closed(two);
});

t.test('without a descriptor the path is opened anew', async (t) => {
  const folder = t.testdir({});
  const file = path.join(folder, 'x.log');
  const fd = fs.openSync(file, 'a');
  const target = createFileTarget({ path: file, fd, kept });
  const link = openLink(target);
  fs.renameSync(file, `${file}.1`);
  target.replace(undefined);
  link.close();
  const next = openLink(target);
  await send(next, 'b\n');
  await closed(fd);
  t.equal(fs.readFileSync(file, 'utf8'), 'b\n');
  t.equal(fs.readFileSync(`${file}.1`, 'utf8'), '');
  next.close();
});

t.test(
  'where the path may not be opened, the file that was open stays',
  { skip: isRoot && 'root may open everything' },
  async (t) => {
    const folder = t.testdir({ closed: {} });
    const file = path.join(folder, 'closed', 'x.log');
    const fd = fs.openSync(file, 'a');
    fs.renameSync(file, `${file}.1`);
    fs.chmodSync(path.join(folder, 'closed'), 0o500);
    await staysOpen(t, file, fd);
    fs.chmodSync(path.join(folder, 'closed'), 0o700);
  },
);

t.test('where the folder is gone, the file that was open stays', async (t) => {
  const folder = t.testdir({ closed: {} });
  const file = path.join(folder, 'closed', 'x.log');
  const fd = fs.openSync(file, 'a');
  fs.renameSync(path.join(folder, 'closed'), path.join(folder, 'moved'));
  await staysOpen(t, path.join(folder, 'closed', 'x.log'), fd);
  t.equal(fs.readFileSync(path.join(folder, 'moved', 'x.log'), 'utf8'), 'a\n');
});

async function staysOpen(t: Test, file: string, fd: number): Promise<void> {
  const complaints: string[] = [];
  const target = createFileTarget({ path: file, fd, kept: (error) => complaints.push(error.message) });
  openLink(target).close();
  target.replace(undefined);
  const link = openLink(target);
  t.equal(await send(link, 'a\n'), null);
  t.equal(complaints.length, 1);
  target.close();
  link.close();
  await closed(fd);
}
