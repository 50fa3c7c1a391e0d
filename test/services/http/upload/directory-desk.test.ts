import fs from 'node:fs';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { NoSpaceError, TakenError, UnfitNameError, type Envelope } from '../../../../src/contract/delivery.ts';
import { createDirectoryDesk } from '../../../../src/services/http/upload/directory-desk.ts';
import { temporaryName } from '../../../../src/services/http/upload/leftovers.ts';
import { createFakeLogger, type LogLine } from '../../../support/fake-session.ts';

async function openDesk(t: Test, name = '{name}', files: Record<string, string> = {}) {
  const directory = join(t.testdir({ incoming: files }), 'incoming');
  const logs: LogLine[] = [];
  const desk = await createDirectoryDesk({ directory, name, log: createFakeLogger(logs) });
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
  const { desk, directory } = await openDesk(t, '{account}/{service}/{name}');
  await using draft = await desk.begin(envelope({}));
  t.equal((await draft.commit()).name, 'anonymous/web/a');
  t.equal(fs.readFileSync(join(directory, 'anonymous/web/a'), 'utf8'), '');
});

t.test('what is there is replaced, or not', async (t) => {
  const { desk, directory, staged } = await openDesk(t, '{name}', { a: 'before' });
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
  const { desk } = await openDesk(t, '{name}{name}');
  await t.rejects(desk.begin(envelope({ name: 'x'.repeat(128) })), UnfitNameError);
  await using draft = await desk.begin(envelope({ name: 'x'.repeat(127) }));
  t.equal((await draft.commit()).name, 'x'.repeat(254));
});

t.test('a disk that is too small', async (t) => {
  const { desk, staged } = await openDesk(t);
  await t.rejects(desk.begin(envelope({ size: 2 ** 50 })), NoSpaceError);
  t.same(staged(), []);
});

t.test('what a killed process left is removed, what others write is not', async (t) => {
  const { directory } = await openDesk(t);
  const staging = join(directory, '.portico-incoming');
  const ours = temporaryName('0123456789abcdef');
  const [pid, start] = ours.split('-') as [string, string];
  // Of a process that has had our number before, and of one that there cannot be.
  const dead = [`${pid}-${Number(start) + 1}-0123456789abcdef.part`, '4194305-1-01hx0123456789abcdef.part'];
  for (const name of [ours, ...dead, 'other']) fs.writeFileSync(join(staging, name), '');
  const logs: LogLine[] = [];
  await createDirectoryDesk({ directory, name: '{name}', log: createFakeLogger(logs) });
  t.same(fs.readdirSync(staging).sort(), [ours, 'other'].sort());
  t.match(logs, [
    { severity: 'notice', message: 'removed what interrupted uploads had left', fields: { directory, count: 2 } },
  ]);
});

t.test('the directory is made, or it is told why not', async (t) => {
  const folder = t.testdir({ file: '' });
  const open = (directory: string) => createDirectoryDesk({ directory, name: '{name}', log: createFakeLogger([]) });
  await open(join(folder, 'a/b/c'));
  t.ok(fs.statSync(join(folder, 'a/b/c')).isDirectory());
  await t.rejects(open(join(folder, 'file/a')), { code: 'ENOTDIR' });
  await t.rejects(open('/proc/a'), { code: 'ENOENT' }, 'where no folder can be made');
});
