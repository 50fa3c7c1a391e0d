import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { NoSpaceError, TakenError, UnfitNameError, type Envelope } from '../../../../src/contract/delivery.ts';
import { createDirectoryDesk } from '../../../../src/services/http/upload/directory-desk.ts';
import { temporaryName } from '../../../../src/services/http/upload/leftovers.ts';
import { createDisk, type DiskOptions } from '../../../../src/system/disk.ts';
import { createFakeLogger, type LogLine } from '../../../support/fake-session.ts';

interface Given {
  readonly name?: string;
  readonly files?: Record<string, string>;
  readonly disk?: DiskOptions;
}

async function openDesk(t: Test, { name = '{name}', files = {}, disk = { floor: 0 } }: Given = {}) {
  const directory = join(t.testdir({ incoming: files }), 'incoming');
  const logs: LogLine[] = [];
  const desk = await createDirectoryDesk({ directory, name, log: createFakeLogger(logs), disk: createDisk(disk) });
  return { desk, directory, logs, staged: () => fs.readdirSync(join(directory, '.portico-incoming')) };
}

function envelope(given: Partial<Envelope>): Envelope {
  return {
    service: 'web',
    session: 'abc',
    peer: { address: '127.0.0.1', port: 1, family: 'IPv4' },
    account: null,
    name: 'a',
    mediaType: null,
    size: null,
    replaces: true,
    ...given,
  };
}

t.test('a draft is seen by nobody until it is committed', async (t) => {
  const { desk, directory, staged } = await openDesk(t);
  await using draft = await desk.begin(envelope({}));
  await draft.write(Buffer.from('hel'));
  await draft.write(Buffer.from('lo'));
  await draft.seal();
  t.same(fs.readdirSync(directory), ['.portico-incoming']);
  t.equal(staged().length, 1);
  const receipt = await draft.commit();
  t.match(receipt, { name: 'a', size: 5, isReplacement: false });
  t.equal(fs.readFileSync(join(directory, 'a'), 'utf8'), 'hello');
  t.same(staged(), []);
});

t.test('a draft that is dropped leaves nothing', async (t) => {
  const { desk, directory, staged } = await openDesk(t);
  for (const isSealed of [false, true]) {
    const draft = await desk.begin(envelope({}));
    await draft.write(Buffer.from('hello'));
    if (isSealed) await draft.seal();
    await draft[Symbol.asyncDispose]();
  }
  t.same([fs.readdirSync(directory), staged()], [['.portico-incoming'], []]);
});

t.test('the folder of what is on its way is for nobody else', async (t) => {
  const { directory } = await openDesk(t);
  t.equal(fs.statSync(join(directory, '.portico-incoming')).mode & 0o777, 0o700);
});

t.test('folders of a template are made', async (t) => {
  const { desk, directory } = await openDesk(t, { name: '{account}/{service}/{name}' });
  await using draft = await desk.begin(envelope({}));
  t.equal((await draft.commit()).name, 'anonymous/web/a');
  t.equal(fs.readFileSync(join(directory, 'anonymous/web/a'), 'utf8'), '');
});

t.test('what is there is replaced, or not', async (t) => {
  const { desk, directory, staged } = await openDesk(t, { files: { a: 'before' } });
  await t.rejects(desk.begin(envelope({ replaces: false })), TakenError, 'known at the beginning');
  await using late = await desk.begin(envelope({ name: 'b', replaces: false }));
  fs.writeFileSync(join(directory, 'b'), 'quicker');
  await t.rejects(late.commit(), TakenError, 'or at the end');
  t.equal(fs.readFileSync(join(directory, 'b'), 'utf8'), 'quicker');
  await late[Symbol.asyncDispose]();
  await using draft = await desk.begin(envelope({}));
  t.equal((await draft.commit()).isReplacement, true);
  t.equal(fs.readFileSync(join(directory, 'a'), 'utf8'), '');
  t.same(staged(), []);
});

t.test('names that become too long', async (t) => {
  const { desk } = await openDesk(t, { name: '{name}{name}' });
  await t.rejects(desk.begin(envelope({ name: 'x'.repeat(128) })), UnfitNameError);
  await using draft = await desk.begin(envelope({ name: 'x'.repeat(127) }));
  t.equal((await draft.commit()).name, 'x'.repeat(254));
});

t.test('a disk that is too small', async (t) => {
  const { desk, staged } = await openDesk(t);
  await t.rejects(desk.begin(envelope({ size: 2 ** 50 })), NoSpaceError);
  t.same(staged(), []);
});

t.test('so much stays free: what is announced is taken up to there, and not one byte more', async (t) => {
  const refused: unknown[] = [];
  const disk = { floor: 1_000, freeBytes: async () => 1_500, refused: (...what: unknown[]) => void refused.push(what) };
  const { desk, directory, staged } = await openDesk(t, { disk });
  await t.rejects(desk.begin(envelope({ size: 501 })), NoSpaceError);
  t.same(staged(), [], 'refused before it is begun');
  t.same(refused, [[directory, 1_500]], 'and told of');
  await using draft = await desk.begin(envelope({ size: 500 }));
  await t.rejects(desk.begin(envelope({ name: 'b', size: 1 })), NoSpaceError, 'its room is its own');
  await draft.write(Buffer.alloc(500));
  t.equal((await draft.commit()).size, 500);
  await t.rejects(desk.begin(envelope({ name: 'b', size: 1 })), NoSpaceError, 'and stays so');
});

t.test('what nobody has announced is taken as long as there is room', async (t) => {
  const disk = { floor: 1_000, freeBytes: async () => 1_500 };
  const { desk, directory, staged } = await openDesk(t, { disk });
  {
    await using draft = await desk.begin(envelope({}));
    await draft.write(Buffer.alloc(500));
    await t.rejects(draft.write(Buffer.alloc(1)), NoSpaceError);
  }
  t.same([fs.readdirSync(directory), staged()], [['.portico-incoming'], []], 'nothing of it is left');
});

t.test('with less than that, nothing is taken, not even nothing', async (t) => {
  const { desk, staged } = await openDesk(t, { disk: { floor: 1_000, freeBytes: async () => 999 } });
  for (const size of [null, 0, 1]) await t.rejects(desk.begin(envelope({ size })), NoSpaceError);
  t.same(staged(), []);
});

t.test('room that was announced and not used is free again', async (t) => {
  const { desk } = await openDesk(t, { disk: { floor: 0, freeBytes: async () => 500 } });
  const dropped = await desk.begin(envelope({ size: 500 }));
  await dropped[Symbol.asyncDispose]();
  await using shorter = await desk.begin(envelope({ size: 500 }));
  await shorter.write(Buffer.alloc(400));
  await shorter.commit();
  await using rest = await desk.begin(envelope({ name: 'b', size: 100 }));
  await t.rejects(rest.write(Buffer.alloc(101)), NoSpaceError);
});

t.test('what a killed process left is removed, what others write is not', async (t) => {
  const { directory } = await openDesk(t);
  const staging = join(directory, '.portico-incoming');
  const disk = createDisk({ floor: 0 });
  const ours = temporaryName(disk.ownMark, '0123456789abcdef');
  const [pid, start] = ours.split('-') as [string, string];
  // Of a process that has had our number before, and of one that there cannot be.
  const dead = [`${pid}-${Number(start) + 1}-0123456789abcdef.part`, '4194305-1-01hx0123456789abcdef.part'];
  for (const name of [ours, ...dead, 'other']) fs.writeFileSync(join(staging, name), '');
  const logs: LogLine[] = [];
  await createDirectoryDesk({ directory, name: '{name}', log: createFakeLogger(logs), disk });
  t.same(fs.readdirSync(staging).sort(), [ours, 'other'].sort());
  t.match(logs, [
    { severity: 'notice', message: 'removed what interrupted uploads had left', fields: { directory, count: 2 } },
  ]);
});

t.test('the directory is made, or it is told why not', async (t) => {
  const folder = t.testdir({ file: '' });
  const disk = createDisk({ floor: 0 });
  const open = (directory: string) =>
    createDirectoryDesk({ directory, name: '{name}', log: createFakeLogger([]), disk });
  await open(join(folder, 'a/b/c'));
  t.ok(fs.statSync(join(folder, 'a/b/c')).isDirectory());
  await t.rejects(open(join(folder, 'file/a')), { code: 'ENOTDIR' });
  await t.rejects(open('/proc/a'), { code: 'ENOENT' }, 'where no folder can be made');
});
