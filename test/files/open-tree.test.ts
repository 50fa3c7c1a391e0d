import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { permissions, type Permission } from '../../src/contract/account.ts';
import type { Tree } from '../../src/contract/tree.ts';
import { openTree } from '../../src/files/open-tree.ts';
import { createRoots } from '../../src/files/roots.ts';
import { createFakeSession } from '../support/fake-session.ts';
import { faultOf, namesIn, scratchTree } from '../support/tree.ts';

const isRoot = process.getuid?.() === 0;
const whole = { keep: 0, replaces: true, size: null } as const;

async function list(tree: Tree, path: string): Promise<void> {
  for await (const entry of tree.list(path)) void entry;
}

for (const hasProc of [true, false]) {
  const setUp = (t: Test) => scratchTree(t, { hasProc });

  t.test(hasProc ? 'a tree' : 'a tree without /proc', async (t) => {
    t.test('files come, are looked at, read, moved and removed', async (t) => {
      const { tree, put, read } = await setUp(t);
      await tree.makeFolder('/in');
      await put('/in/a.txt', 'hello');
      t.equal(read('in/a.txt'), 'hello');
      t.match(await tree.stat('/in/a.txt'), { name: 'a.txt', kind: 'file', size: 5, links: 1 });
      t.match(await tree.stat('/in'), { name: 'in', kind: 'folder' });
      t.match(await tree.stat('/in/..'), { name: '/', kind: 'folder' });
      {
        using file = await tree.open('/in/a.txt');
        t.equal(fs.readFileSync(file.fd, 'utf8'), 'hello');
        t.match(file.entry, { name: 'a.txt', size: 5 });
      }
      await tree.rename('/in/a.txt', '/b.txt', false);
      t.same(await namesIn(tree, '/'), ['b.txt', 'in']);
      await tree.remove('/b.txt');
      await tree.removeFolder('/in');
      t.same(await namesIn(tree, '/'), []);
    });

    t.test('what is not so is said so', async (t) => {
      const { tree, put } = await setUp(t);
      await tree.makeFolder('/full');
      await put('/full/file', 'x');
      await put('/file', 'y');
      for (const [expected, action] of [
        ['missing', () => tree.stat('/no')],
        ['missing', () => tree.open('/no')],
        ['missing', () => tree.remove('/no')],
        ['missing', () => tree.removeFolder('/no')],
        ['missing', () => tree.makeFolder('/no/deeper')],
        ['missing', () => tree.rename('/no', '/yes', true)],
        ['missing', () => tree.rename('/file', '/no/file', true)],
        ['missing', () => tree.write('/no/file', whole)],
        ['missing', () => list(tree, '/no')],
        ['missing', () => tree.setMode('/no', 0o600)],
        ['exists', () => tree.makeFolder('/file')],
        ['exists', () => tree.makeFolder('/full')],
        ['exists', () => tree.makeFolder('/')],
        ['exists', () => tree.rename('/file', '/full/file', false)],
        ['exists', () => tree.rename('/full', '/file', false)],
        ['exists', () => tree.write('/file', { ...whole, replaces: false })],
        ['not-folder', () => tree.removeFolder('/file')],
        ['not-folder', () => list(tree, '/file')],
        ['not-folder', () => tree.write('/file/x', whole)],
        ['not-folder', () => tree.rename('/full', '/file', true)],
        ['is-folder', () => tree.open('/full')],
        ['is-folder', () => tree.remove('/full')],
        ['is-folder', () => tree.write('/full', whole)],
        ['is-folder', () => tree.write('/', whole)],
        ['is-folder', () => tree.rename('/file', '/full', true)],
        ['not-empty', () => tree.removeFolder('/full')],
        ['name', () => tree.write('/a\nb', whole)],
        ['name', () => tree.write('/.portico-incoming', whole)],
        ['name', () => tree.makeFolder('/full/.portico-incoming')],
        ['name', () => tree.rename('/file', '/.portico-incoming', true)],
        ['missing', () => list(tree, '/.portico-incoming')],
        ['missing', () => tree.removeFolder('/.portico-incoming')],
        ['denied', () => tree.removeFolder('/')],
        ['denied', () => tree.rename('/', '/other', true)],
        ['not-file', () => tree.readLink('/file')],
      ] as const)
        t.equal(await faultOf(action), expected, action.toString().slice(6).replaceAll('\n', ' '));
    });

    t.test('a file of the new name makes way when it is told to', async (t) => {
      const { tree, put, read } = await setUp(t);
      await put('/old', 'old');
      await put('/new', 'new');
      t.equal(await faultOf(tree.rename('/old', '/new', false)), 'exists');
      t.same([read('old'), read('new')], ['old', 'new']);
      await tree.rename('/old', '/new', true);
      t.same(await namesIn(tree, '/'), ['new']);
      t.equal(read('new'), 'old');
      await tree.rename('/new', '/new', true);
      t.equal(read('new'), 'old');
    });

    t.test('folders move too, and never over another', async (t) => {
      const { tree, put, read } = await setUp(t);
      await tree.makeFolder('/a');
      await tree.makeFolder('/empty');
      await put('/a/file', 'x');
      for (const replaces of [true, false]) t.equal(await faultOf(tree.rename('/a', '/empty', replaces)), 'exists');
      await tree.rename('/a', '/empty/a', false);
      t.equal(read('empty/a/file'), 'x');
      t.equal(await faultOf(tree.rename('/empty', '/empty/a/b', false)), 'name', 'into itself');
      t.same(await namesIn(tree, '/empty/a'), ['file']);
    });

    t.test('times and modes', async (t) => {
      const { tree, put, root } = await setUp(t);
      await put('/file', 'x');
      await tree.setTimes('/file', 1_000_000, 2_000_000);
      await tree.setTimes('/file', null, 3_000_500);
      t.match(await tree.stat('/file'), { accessed: 1_000_000, modified: 3_000_500 });
      await tree.setTimes('/file', 4_000_000, null);
      t.match(await tree.stat('/file'), { accessed: 4_000_000, modified: 3_000_500 });
      await tree.setMode('/file', 0o4640);
      t.match(await tree.stat('/file'), { mode: 0o640 }, 'and nothing that runs as its owner');
      await tree.makeFolder('/shared');
      fs.chmodSync(join(root, 'shared'), 0o2775);
      await tree.setMode('/shared', 0o750);
      t.match(await tree.stat('/shared'), { mode: 0o2750 });
    });

    t.test('what is neither a file nor a folder is seen, and never served', async (t) => {
      const { tree, root } = await setUp(t);
      t.equal(spawnSync('mkfifo', [join(root, 'fifo')]).status, 0);
      t.match(await tree.stat('/fifo'), { kind: 'other' });
      t.equal(await faultOf(tree.open('/fifo')), 'not-file');
      t.equal(await faultOf(tree.write('/fifo', whole)), 'not-file');
      t.equal(await faultOf(tree.setMode('/fifo', 0o777)), 'not-file');
      t.equal(await faultOf(tree.setTimes('/fifo', 1, 1)), 'not-file');
      await tree.remove('/fifo');
      t.equal(await faultOf(tree.stat('/fifo')), 'missing');
    });

    t.test('links are followed inside, and lead nobody out', async (t) => {
      const { tree, put, root, outside } = await setUp(t);
      await put('/file', 'hello');
      const link = (name: string, to: string): void => fs.symlinkSync(to, join(root, name));
      link('in', 'file');
      link('out', join(outside, 'secret'));
      link('folder', outside);
      t.match(await tree.stat('/in'), { kind: 'file', name: 'in', size: 5 });
      t.match(await tree.lstat('/in'), { kind: 'link' });
      t.match(await tree.lstat('/out'), { kind: 'link' });
      for (const [expected, action] of [
        ['denied', () => tree.stat('/out')],
        ['denied', () => tree.open('/out')],
        ['denied', () => tree.setMode('/out', 0o777)],
        ['denied', () => tree.setTimes('/out', 1, 1)],
        ['denied', () => list(tree, '/folder')],
        ['denied', () => tree.write('/folder/new', whole)],
        ['denied', () => tree.makeFolder('/folder/new')],
        ['denied', () => tree.remove('/folder/secret')],
        ['denied', () => tree.removeFolder('/folder/new')],
        ['denied', () => tree.rename('/folder/secret', '/mine', true)],
        ['denied', () => tree.rename('/file', '/folder/yours', true)],
        ['denied', () => tree.space('/folder')],
        ['denied', () => tree.readLink('/out')],
        ['not-file', () => tree.write('/in', whole)],
        ['not-file', () => tree.write('/out', whole)],
        ['not-file', () => tree.write('/out', { ...whole, keep: 'all' })],
        ['not-file', () => tree.rename('/file', '/out', true)],
        ['not-folder', () => tree.removeFolder('/folder')],
      ] as const)
        t.equal(await faultOf(action), expected, action.toString().slice(6));
      t.same(fs.readdirSync(outside), ['secret']);
      t.equal(await tree.readLink('/in'), 'file');
      await tree.remove('/folder');
      await tree.remove('/out');
      t.equal(fs.readFileSync(join(outside, 'secret'), 'utf8'), 'secret');
      t.same(await namesIn(tree, '/'), ['file', 'in']);
    });
  });
}

const actions: Readonly<Record<string, readonly [readonly Permission[], (tree: Tree) => Promise<unknown>]>> = {
  list: [['list'], (tree) => list(tree, '/')],
  'stat of a file': [['list', 'read'], (tree) => tree.stat('/file')],
  'lstat of a file': [['list', 'read'], (tree) => tree.lstat('/file')],
  readLink: [['list'], (tree) => tree.readLink('/link')],
  open: [['read'], (tree) => tree.open('/file').then((file) => file[Symbol.dispose]())],
  write: [['write'], (tree) => tree.write('/file', whole).then((draft) => draft[Symbol.asyncDispose]())],
  setTimes: [['write'], (tree) => tree.setTimes('/file', 1, 1)],
  setMode: [['write'], (tree) => tree.setMode('/file', 0o644)],
  makeFolder: [['mkdir'], (tree) => tree.makeFolder('/new')],
  remove: [['delete'], (tree) => tree.remove('/file')],
  removeFolder: [['delete'], (tree) => tree.removeFolder('/folder')],
  rename: [['rename'], (tree) => tree.rename('/file', '/other', false)],
};

for (const [name, [needed, action]] of Object.entries(actions)) {
  t.test(`${name} needs ${needed.join(' or ')}`, async (t) => {
    const all: Permission[] = ['list', 'read', 'write', 'delete', 'rename', 'mkdir'];
    for (const permission of all) {
      const scratch = await scratchTree(t, { permissions: [permission] });
      fs.writeFileSync(join(scratch.root, 'file'), 'x');
      fs.mkdirSync(join(scratch.root, 'folder'));
      fs.symlinkSync('file', join(scratch.root, 'link'));
      t.equal(await faultOf(action(scratch.tree)), needed.includes(permission) ? 'none' : 'denied', permission);
    }
  });
}

t.test('who may do nothing still finds folders, and the space', async (t) => {
  const { tree } = await scratchTree(t, { permissions: [] });
  t.match(await tree.stat('/'), { kind: 'folder' });
  t.match(await tree.space('/'), { blockSize: Number, available: Number });
});

t.test('to rename over a file one must be allowed to write it', async (t) => {
  const { tree, root } = await scratchTree(t, { permissions: ['rename'] });
  for (const name of ['a', 'b']) fs.writeFileSync(join(root, name), name);
  t.equal(await faultOf(tree.rename('/a', '/b', true)), 'denied');
});

t.test('the root is made, with what is above it', async (t) => {
  const root = join(t.testdir(), 'state', 'home', 'alice');
  const { put } = await scratchTree(t, { root: join(fs.realpathSync(t.testdir()), 'state', 'home', 'alice') });
  await put('/file', 'x');
  t.equal(fs.readFileSync(join(root, 'file'), 'utf8'), 'x');
});

t.test('a root that cannot be is told without its place', async (t) => {
  for (const root of ['/dev/null/x', '/proc/x/y']) {
    const opening = scratchTree(t, { root });
    await t.rejects(opening, { name: 'TreeError' });
    await opening.catch((error: Error) => t.notMatch(error.message, /null|proc/));
  }
});

t.test('no error names a place of this machine', async (t) => {
  const { tree, root } = await scratchTree(t);
  for (const action of [
    tree.stat('/no'),
    tree.remove('/no'),
    tree.write('/no/x', whole),
    tree.rename('/a', '/b', true),
  ])
    await action.catch((error: Error) => t.notOk(error.message.includes(root), error.message));
});

t.test('a folder where somebody was writing is empty for its owner', async (t) => {
  const { tree, root } = await scratchTree(t);
  fs.mkdirSync(join(root, 'folder/.portico-incoming'), { recursive: true });
  t.same(await namesIn(tree, '/folder'), []);
  await tree.removeFolder('/folder');
  fs.mkdirSync(join(root, 'busy/.portico-incoming'), { recursive: true });
  fs.writeFileSync(join(root, 'busy/.portico-incoming/draft'), '');
  t.equal(await faultOf(tree.removeFolder('/busy')), 'not-empty');
});

t.test('ten thousand entries', async (t) => {
  const { tree, root } = await scratchTree(t);
  spawnSync('sh', ['-c', 'cd "$1" && seq -f file-%g 0 9999 | xargs touch', 'sh', root]);
  const names = new Set(await namesIn(tree, '/'));
  t.equal(names.size, 10_000);
  t.ok(names.has('file-9999'));
});

t.test('files that are not ours to read or write', { skip: isRoot && 'root may everything' }, async (t) => {
  const { tree, root, put } = await scratchTree(t);
  await put('/file', 'x');
  fs.chmodSync(join(root, 'file'), 0);
  t.equal(await faultOf(tree.open('/file')), 'denied');
  t.equal(await faultOf(tree.write('/file', whole)), 'denied');
});

t.test('nobody changes the mode of the root', async (t) => {
  const { tree } = await scratchTree(t);
  await tree.makeFolder('/in');
  for (const path of ['/', '/in/..']) t.equal(await faultOf(tree.setMode(path, 0)), 'denied');
  t.equal(await faultOf(tree.setMode('/in', 0o700)), 'none');
});

// Regression: the mode was set by a second step, which was refused when the folder was there already.
t.test('a folder comes with its mode, for who may write no files too', async (t) => {
  const { tree, root } = await scratchTree(t, { permissions: ['mkdir'] });
  await tree.makeFolder('/in', 0o700);
  await tree.makeFolder('/other', null);
  t.equal(fs.statSync(join(root, 'in')).mode & 0o777, 0o700);
});

// Regression: an account without "read" opened a file to be written, and read what was there from the draft.
t.test('what was there is not read back by who may not read', async (t) => {
  const { tree, root } = await scratchTree(t, { permissions: ['list', 'write'] });
  fs.writeFileSync(join(root, 'old'), 'secret');
  const buffer = Buffer.alloc(10);
  for (const keep of ['all', 3] as const) {
    await using draft = await tree.write('/old', { ...whole, keep });
    t.equal(await faultOf(draft.readAt(buffer, 0)), 'denied');
  }
  await using own = await tree.write('/new', whole);
  await own.write(Buffer.from('own'));
  t.equal(await own.readAt(buffer, 0), 3, 'what it wrote itself is no secret');
});

t.test('times before 1970 stay what they are', async (t) => {
  const { tree, put, root } = await scratchTree(t);
  await put('/a', '');
  await tree.setTimes('/a', null, -86_400_000);
  t.equal(fs.statSync(join(root, 'a')).mtimeMs, -86_400_000);
});

t.test('nothing is made where its path would be too long for this machine', async (t) => {
  const { tree, root } = await scratchTree(t);
  let path = '';
  while (root.length + path.length < 3_840) path += `/${'n'.repeat(200)}`;
  fs.mkdirSync(join(root, path), { recursive: true });
  const fits = `${path}/${'x'.repeat(4_095 - root.length - path.length - 1)}`;
  await tree.makeFolder(fits);
  await tree.removeFolder(fits);
  // What a peer says is shorter than what this machine has to say by the root's path.
  t.equal(await faultOf(tree.makeFolder(`${fits}x`)), 'name');
  t.equal(await faultOf(tree.write(`${fits}x`, whole)), 'name');
  await tree.makeFolder('/in');
  t.equal(await faultOf(tree.rename('/in', `${fits}x`, false)), 'name');
});

// Regression: files that were left open took all descriptors of a worker, which ended by that.
t.test('so many files are open at once, of all trees', async (t) => {
  const root = t.testdir({ a: 'a', b: { c: '' } });
  const roots = createRoots({ floor: 0, descriptors: 12 });
  const open = (): Promise<Tree> =>
    openTree(
      {
        session: createFakeSession().session,
        desk: { begin: () => Promise.reject(new Error('no')) },
        deliver: [],
        service: 'drop',
        roots,
      },
      { root, permissions, quota: null, maxFileSize: null },
    );
  const [one, other] = [await open(), await open()];
  const refusal = { name: 'TemporaryError', message: 'too many files are open already' };
  const first = await one.open('/a');
  const draft = await other.write('/new', whole);
  const listing = other.list('/b')[Symbol.asyncIterator]();
  await listing.next();
  await t.rejects(one.open('/a'), refusal);
  await t.rejects(other.write('/d', whole), refusal);
  await t.rejects(list(one, '/'), refusal);
  first[Symbol.dispose]();
  await t.rejects(one.open('/none'), { message: 'there is none of that name' });
  (await one.open('/a'))[Symbol.dispose]();
  await draft[Symbol.asyncDispose]();
  await listing.return?.();
  const opened = await Promise.all(Array.from({ length: 6 }, () => one.open('/a')));
  await t.rejects(one.open('/a'), refusal);
  for (const file of opened) file[Symbol.dispose]();
});
