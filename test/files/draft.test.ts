import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { NoSpaceError } from '../../src/contract/delivery.ts';
import { TemporaryError } from '../../src/contract/errors.ts';
import { createMemoryDesk } from '../support/memory-desk.ts';
import { faultOf, namesIn, scratchTree } from '../support/tree.ts';

const isRoot = process.getuid?.() === 0;
const whole = { keep: 0, replaces: true, size: null } as const;
const append = { ...whole, keep: 'all' } as const;
const bytes = (text: string): Buffer => Buffer.from(text);

t.test('a file appears whole, and not before', async (t) => {
  const { tree, root, drafts, read } = await scratchTree(t);
  fs.writeFileSync(join(root, 'file'), 'old');
  await using draft = await tree.write('/file', whole);
  await draft.write(bytes('hello '));
  await draft.write(bytes('world'));
  t.equal(draft.size, 11);
  t.equal(read('file'), 'old');
  t.equal(drafts().length, 1);
  t.same(await namesIn(tree, '/'), ['file'], 'its draft is in no list');
  t.match(await draft.commit(), { name: 'file', size: 11, sha256: null, isReplacement: true });
  t.equal(read('file'), 'hello world');
  t.same(drafts(), []);
});

t.test('what is given up leaves nothing, and what was there stays', async (t) => {
  const { tree, put, read, drafts } = await scratchTree(t);
  await put('/file', 'old');
  {
    await using draft = await tree.write('/file', whole);
    await draft.write(Buffer.alloc(300_000));
    void draft.write(Buffer.alloc(300_000));
  }
  t.equal(read('file'), 'old');
  t.same(drafts(), []);
});

t.test('a draft is out of sight of others on the machine too', async (t) => {
  const { tree, root } = await scratchTree(t);
  await using draft = await tree.write('/file', whole);
  t.equal(draft.size, 0);
  t.equal(fs.statSync(join(root, '.portico-incoming')).mode & 0o7777, 0o700);
});

t.test('mode and times', async (t) => {
  const { tree, root, put } = await scratchTree(t);
  const umask = process.umask(0o027);
  t.teardown(() => process.umask(umask));
  const modeOf = (name: string): number => fs.statSync(join(root, name)).mode & 0o7777;
  await put('/new', 'x');
  t.equal(modeOf('new'), 0o640, 'those of any new file');
  fs.chmodSync(join(root, 'new'), 0o604);
  await put('/new', 'y');
  t.equal(modeOf('new'), 0o604, 'those of the file that it replaces');
  await put('/new', 'z', { keep: 'all' });
  t.equal(modeOf('new'), 0o604);
  await using draft = await tree.write('/new', whole);
  await draft.write(bytes('hello'));
  draft.setMode(0o4600);
  draft.setTimes(1_000_000, 2_000_000);
  await draft.commit();
  t.match(await tree.stat('/new'), { mode: 0o600, modified: 2_000_000, accessed: 1_000_000 });
});

t.test('an owner stays the owner', { skip: !isRoot && 'only root can give files away' }, async (t) => {
  const { root, put } = await scratchTree(t);
  await put('/file', 'x');
  fs.chownSync(join(root, 'file'), 12_345, 12_346);
  await put('/file', 'y');
  t.match(fs.statSync(join(root, 'file')), { uid: 12_345, gid: 12_346 });
});

t.test('what was there is kept as far as it is asked for', async (t) => {
  const { tree, put, read, drafts } = await scratchTree(t);
  await put('/file', '0123456789');
  await put('/file', 'abc', append);
  t.equal(read('file'), '0123456789abc');
  await put('/file', 'XY', { keep: 5 });
  t.equal(read('file'), '01234XY');
  await put('/file', '!', { keep: 7 });
  t.equal(read('file'), '01234XY!');
  t.equal(await faultOf(tree.write('/file', { ...whole, keep: 9 })), 'too-short');
  t.equal(await faultOf(tree.write('/no', { ...whole, keep: 1 })), 'too-short');
  await put('/no', 'first', append);
  t.equal(read('no'), 'first');
  t.same(drafts(), []);
});

t.test('bytes come in any order, and can be read again', async (t) => {
  const { tree, read } = await scratchTree(t);
  await using draft = await tree.write('/file', whole);
  await draft.writeAt(bytes('world'), 6);
  await draft.writeAt(bytes('hello '), 0);
  const buffer = Buffer.alloc(20);
  t.equal(await draft.readAt(buffer, 3), 8);
  t.equal(buffer.toString('utf8', 0, 8), 'lo world');
  t.equal(await draft.readAt(buffer, 11), 0);
  await draft.writeAt(bytes('W'), 6);
  t.equal(draft.size, 11);
  await draft.truncate(8);
  t.equal(draft.size, 8);
  await draft.write(bytes('...'));
  await draft.truncate(13);
  t.match(await draft.commit(), { size: 13 });
  t.equal(read('file'), 'hello Wo...\0\0');
});

t.test('a large file, in chunks of all sizes, whose buffers are used again', async (t) => {
  const { tree, read } = await scratchTree(t);
  await using draft = await tree.write('/file', whole);
  const buffer = Buffer.alloc(400_000);
  let expected = '';
  for (const [index, size] of [1, 100_000, 31_072, 131_072, 131_071, 2, 400_000, 5, 65_536, 65_536, 65_536].entries()) {
    buffer.fill(String.fromCharCode(97 + index));
    await draft.write(buffer.subarray(0, size));
    expected += String.fromCharCode(97 + index).repeat(size);
  }
  t.match(await draft.commit(), { size: expected.length });
  t.ok(read('file') === expected);
});

t.test('the largest file, and one byte more', async (t) => {
  const { tree, put, drafts } = await scratchTree(t, { maxFileSize: 10 });
  await put('/file', '0123456789');
  t.equal(await faultOf(put('/file', '0123456789a')), 'too-large');
  t.equal(await faultOf(tree.write('/file', { ...whole, size: 11 })), 'too-large');
  t.equal(await faultOf(tree.write('/file', { ...append, size: 1 })), 'too-large');
  await put('/file', '5', { keep: 9, size: 1 });
  await using draft = await tree.write('/other', { ...whole, size: 10 });
  t.equal(await faultOf(draft.writeAt(bytes('x'), 10)), 'too-large');
  t.equal(await faultOf(draft.truncate(11)), 'too-large');
  await draft.writeAt(bytes('x'), 9);
  t.equal(await faultOf(draft.writeAt(bytes('x'), Number.MAX_SAFE_INTEGER)), 'too-large');
  t.equal(drafts().length, 1);
});

t.test('the quota, and one byte more', async (t) => {
  const { tree, put, root } = await scratchTree(t, { quota: 100 });
  fs.mkdirSync(join(root, 'a/b'), { recursive: true });
  fs.writeFileSync(join(root, 'a/b/c'), 'x'.repeat(60));
  t.equal(await faultOf(tree.write('/file', { ...whole, size: 41 })), 'quota', 'as announced');
  t.equal(await faultOf(put('/file', 'x'.repeat(41))), 'quota', 'as it comes');
  await put('/file', 'x'.repeat(40), { size: 40 });
  t.equal(await faultOf(put('/more', 'x')), 'quota');
  t.equal(await faultOf(put('/file', 'y')), 'quota', 'the old one counts until the new one stands');
  await tree.remove('/file');
  await put('/file', 'x'.repeat(20));
  await put('/file', 'x'.repeat(20), append);
  t.equal(await faultOf(put('/file', 'x', append)), 'quota');
  t.equal(await faultOf(tree.write('/file', { ...append, size: 1 })), 'quota');
  await tree.rename('/file', '/a/b/c', true);
  await put('/more', 'x'.repeat(60));
  t.equal(await faultOf(put('/one', 'x')), 'quota');
});

t.test('drafts count, and give back what they took', async (t) => {
  const { tree, put } = await scratchTree(t, { quota: 100 });
  {
    await using draft = await tree.write('/a', whole);
    await draft.write(bytes('x'.repeat(70)));
    t.equal(await faultOf(put('/b', 'x'.repeat(31))), 'quota');
    await draft.truncate(50);
    await put('/b', 'x'.repeat(31));
  }
  await put('/c', 'x'.repeat(69));
  t.equal(await faultOf(put('/d', 'x')), 'quota');
});

t.test('a disk that is too full is an error of its own', async (t) => {
  const { tree } = await scratchTree(t, { floor: Number.MAX_SAFE_INTEGER });
  await t.rejects(tree.write('/file', whole), NoSpaceError);
});

t.test('of many at the same moment only one finds the name free', async (t) => {
  const { put, read, drafts } = await scratchTree(t);
  for (let round = 0; round < 20; round += 1) {
    const faults = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7].map((index) => faultOf(put(`/${round}`, String(index), { replaces: false }))),
    );
    const winner = faults.indexOf('none');
    t.same(faults.toSorted(), ['exists', 'exists', 'exists', 'exists', 'exists', 'exists', 'exists', 'none']);
    t.equal(read(String(round)), String(winner));
  }
  t.same(drafts(), []);
});

t.test('what came meanwhile is not replaced by who may not', async (t) => {
  const { tree, root, read } = await scratchTree(t);
  await using draft = await tree.write('/file', { ...whole, replaces: false });
  await draft.write(bytes('mine'));
  fs.writeFileSync(join(root, 'file'), 'theirs');
  t.equal(await faultOf(draft.commit()), 'exists');
  t.equal(read('file'), 'theirs');
});

t.test('a folder or a link that came meanwhile stays', async (t) => {
  const { tree, root, outside } = await scratchTree(t);
  await using draft = await tree.write('/file', whole);
  await draft.write(bytes('mine'));
  fs.mkdirSync(join(root, 'file'));
  t.equal(await faultOf(draft.commit()), 'is-folder');
  await using other = await tree.write('/other', whole);
  await other.write(bytes('mine'));
  fs.symlinkSync(join(outside, 'secret'), join(root, 'other'));
  t.equal(await faultOf(other.commit()), 'not-file');
  t.equal(fs.readFileSync(join(outside, 'secret'), 'utf8'), 'secret');
});

t.test('a folder that moves takes the draft along', async (t) => {
  const { tree, read } = await scratchTree(t);
  await tree.makeFolder('/a');
  await using draft = await tree.write('/a/file', whole);
  await draft.write(bytes('x'));
  await tree.rename('/a', '/b', false);
  await draft.commit();
  t.equal(read('b/file'), 'x');
});

t.test('a folder that has gone is missing', async (t) => {
  const { tree, drafts } = await scratchTree(t);
  await tree.makeFolder('/a');
  {
    await using draft = await tree.write('/a/file', whole);
    await tree.removeFolder('/a');
    t.equal(await faultOf(draft.commit()), 'missing');
  }
  t.same(drafts(), []);
});

const ownMounts = ['unshare', '-m', 'sh', '-c'] as const;
const canMount = spawnSync(ownMounts[0], [...ownMounts.slice(1), 'mount -t tmpfs none /mnt']).status === 0;

t.test('other disks below the root', { skip: !canMount && 'mounting is not allowed' }, async (t) => {
  const { root } = await scratchTree(t);
  for (const name of ['disk', 'same', 'twice']) fs.mkdirSync(join(root, name));
  const script = `
    set -e
    mount -t tmpfs none "$1/disk"
    mount --bind "$1/same" "$1/twice"
    exec "$2" "$3" "$1" disk twice`;
  const program = join(import.meta.dirname, '../support/tree-mounts.ts');
  const run = spawnSync(ownMounts[0], [...ownMounts.slice(1), script, 'sh', root, process.execPath, program], {
    encoding: 'utf8',
  });
  t.equal(run.stderr, '');
  t.equal(run.stdout, 'disk: hello world, 640, 0 left\ntwice: hello world, 640, 0 left\n');
  t.equal(fs.readFileSync(join(root, 'same/file'), 'utf8'), 'hello world');
});

t.test('after its end a draft takes nothing', async (t) => {
  const { tree } = await scratchTree(t);
  const draft = await tree.write('/file', whole);
  await draft.commit();
  const others = [draft.write(bytes('x')), draft.readAt(bytes('x'), 0), draft.truncate(0), draft.commit()];
  for (const action of others) t.equal(await faultOf(action), 'failed');
  await draft[Symbol.asyncDispose]();
  await draft[Symbol.asyncDispose]();
});

t.test('nothing stays open', { skip: !fs.existsSync('/proc/self/fd') && 'there is no /proc' }, async (t) => {
  const { tree, put } = await scratchTree(t);
  const open = (): number => fs.readdirSync('/proc/self/fd').length;
  await put('/file', 'x');
  const before = open();
  for (let round = 0; round < 10; round += 1) {
    await put('/file', 'x', { keep: 'all' });
    await using draft = await tree.write('/file', whole);
    await draft.write(bytes('x'));
    await tree.stat('/file');
    await faultOf(tree.write('/file/x', whole));
    await faultOf(tree.open('/no'));
    for await (const entry of tree.list('/')) if (entry.name !== '') break;
  }
  t.equal(open(), before);
});

t.test('a file that may not be written to stays as it is', { skip: isRoot && 'root may everything' }, async (t) => {
  const { tree, root, read } = await scratchTree(t);
  fs.writeFileSync(join(root, 'file'), 'old', { mode: 0o444 });
  t.equal(await faultOf(tree.write('/file', whole)), 'denied');
  t.equal(await faultOf(tree.write('/file', append)), 'denied');
  t.equal(read('file'), 'old');
});

t.test('nothing is hashed or handed on where there is nowhere to deliver to', async (t) => {
  const { put } = await scratchTree(t, { deliver: [] });
  await put('/file', 'x');
});

t.test('not for deliveries, when it is said so', async (t) => {
  const desk = createMemoryDesk();
  const { put } = await scratchTree(t, { desk, deliver: ['archive'], delivers: false });
  await put('/file', 'x');
  t.same(desk.taken, []);
});

t.test('deliveries have it before it stands in its place', async (t) => {
  const states: boolean[] = [];
  const desk = createMemoryDesk(() => void states.push(fs.existsSync(join(root, 'in/file'))));
  const { tree, root, read } = await scratchTree(t, { desk, deliver: ['archive'] });
  await tree.makeFolder('/in');
  await using draft = await tree.write('/in/file', whole);
  await draft.write(bytes('hello'));
  t.match(await draft.commit(), {
    id: 'item 1',
    name: 'in/file',
    size: 5,
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  });
  t.same(states, [false]);
  t.equal(read('in/file'), 'hello');
  t.match(desk.taken, [{ text: 'hello', envelope: { service: 'drop', name: 'file', size: 5 } }]);
});

t.test('what deliveries cannot take does not come', async (t) => {
  const desk = createMemoryDesk(() => {
    throw new TemporaryError('the queue does not answer');
  });
  const { tree, root, drafts } = await scratchTree(t, { desk, deliver: ['archive'] });
  {
    await using draft = await tree.write('/file', whole);
    await draft.write(bytes('hello'));
    await t.rejects(draft.commit(), TemporaryError);
  }
  t.equal(desk.dropped(), 1);
  t.same(drafts(), []);
  t.equal(fs.existsSync(join(root, 'file')), false);
});

t.test('nothing is delivered of what may not come', async (t) => {
  const desk = createMemoryDesk();
  const { tree, root } = await scratchTree(t, { desk, deliver: ['archive'] });
  await using draft = await tree.write('/file', { ...whole, replaces: false });
  fs.writeFileSync(join(root, 'file'), 'theirs');
  t.equal(await faultOf(draft.commit()), 'exists');
  t.same(desk.taken, []);
});

t.test('a power cut may take what is not synced', async (t) => {
  const { put, read } = await scratchTree(t, { syncs: false });
  await put('/file', 'x');
  t.equal(read('file'), 'x');
});

// Regression: a file could be made terabytes long past what the disk has.
t.test('a file that is made longer asks for the room', async (t) => {
  const { tree, drafts } = await scratchTree(t);
  const draft = await tree.write('/a', { keep: 0, replaces: true, size: null });
  await t.rejects(draft.truncate(2 ** 50), { name: 'NoSpaceError' });
  await t.rejects(draft.commit(), { name: 'NoSpaceError' });
  await draft[Symbol.asyncDispose]();
  t.same(drafts(), []);
});

// Regression: the draft was looked for by its path, at whose end something else was by then.
t.test('a draft finds its place though the root has another name by now', async (t) => {
  const { tree, root } = await scratchTree(t);
  await using draft = await tree.write('/a', { keep: 0, replaces: true, size: null });
  await draft.write(Buffer.from('hello'));
  fs.renameSync(root, `${root}.old`);
  await draft.commit();
  t.equal(fs.readFileSync(`${root}.old/a`, 'utf8'), 'hello');
});
