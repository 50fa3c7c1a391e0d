import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Channel } from 'ssh2';
import t from 'tap';

import { TreeError } from '../../../src/contract/tree.ts';
import sftp from '../../../src/services/sftp/index.ts';
import { describeService } from '../../support/describe-service.ts';
import { beginTalk, connect, startStage, text, u32, u64 } from './stage.ts';

describeService(sftp, { send: 'SSH-2.0-test\r\n', comparable: (answer) => answer.slice(0, 17) });

const none = u32(0);
const [read, write, append, create, truncate, exclusive] = [1, 2, 4, 8, 16, 32] as const;
const types = {
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  extended: 200,
} as const;

const sizeOf = (body: Buffer): number => Number(body.readBigUInt64BE(4));

t.test('an upload stands in its place when its handle is closed, and not before', async (t) => {
  const stage = await startStage(t);
  const talk = await stage.talk();
  const handle = await talk.open(types.open, text('/a.txt'), u32(write | create | truncate), none);
  t.equal(await talk.status(types.write, handle, u64(5), text('world')), '0 OK');
  t.equal(await talk.status(types.write, handle, u64(0), text('hello')), '0 OK');
  t.notOk(existsSync(join(stage.root, 'a.txt')));
  t.equal(sizeOf((await talk.ask(types.stat, text('/a.txt'))).body), 10, 'its own session sees it');
  t.equal(sizeOf((await talk.ask(types.fstat, handle)).body), 10);
  t.equal(await talk.status(types.setstat, text('/a.txt'), u32(12), u32(0o600), u32(10), u32(20)), '0 OK');
  t.equal(await talk.status(types.close, handle), '0 OK');
  t.equal(readFileSync(join(stage.root, 'a.txt'), 'utf8'), 'helloworld');
  const { mode, mtimeMs } = statSync(join(stage.root, 'a.txt'));
  t.same([mode & 0o777, mtimeMs], [0o600, 20_000]);
  t.match(stage.items, [{ name: /a\.txt/, size: 10, account: 'alice' }]);
  t.equal(await talk.status(types.close, handle), '4 There is no such handle');
});

t.test('opens with every combination of flags', async (t) => {
  // What the file holds afterwards, when "XY" was written at the beginning; or the status.
  const table: [name: string, flags: number, onNone: string, onOld: string][] = [
    ['write', write, '2 There is no such file', 'XYd'],
    ['write create', write | create, 'XY', 'XYd'],
    ['write truncate', write | truncate, '2 There is no such file', 'XY'],
    ['write create truncate', write | create | truncate, 'XY', 'XY'],
    ['write create exclusive', write | create | exclusive, 'XY', '4'],
    ['append', append, '2 There is no such file', 'oldXY'],
    ['write append create', write | append | create, 'XY', 'oldXY'],
    ['read write create', read | write | create, 'XY', 'XYd'],
    ['read', read, '2', '3 The handle is none that can be written'],
    ['read create', read | create, 'XY', '3 The handle is none that can be written'],
    ['nothing', 0, '4 A file is opened to be read or written', '4 A file is opened to be read or written'],
  ];
  const stage = await startStage(t);
  const talk = await stage.talk();
  for (const [name, flags, ...expected] of table) {
    for (const [index, isOld] of [false, true].entries()) {
      const path = join(stage.root, `${name} ${isOld}`);
      if (isOld) writeFileSync(path, 'old');
      const { type, body } = await talk.ask(types.open, text(`/${name} ${isOld}`), u32(flags), none);
      let outcome = `${body.readUInt32BE()} ${body.toString('utf8', 8, body.length - 4)}`;
      if (type === 102) {
        const handle = text(body.subarray(4));
        outcome = await talk.status(types.write, handle, none, none, text('XY'));
        await talk.status(types.close, handle);
        if (outcome === '0 OK') outcome = readFileSync(path, 'utf8');
      }
      t.ok(outcome.startsWith(expected[index] as string), `${name} on ${isOld ? 'an old' : 'no'} file: ${outcome}`);
    }
  }
});

t.test('reads what is there, at any place, until its end', async (t) => {
  const stage = await startStage(t);
  writeFileSync(join(stage.root, 'a.txt'), '0123456789');
  const talk = await stage.talk();
  const handle = await talk.open(types.open, text('a.txt'), u32(read), none);
  const part = async (offset: number, length: number): Promise<string> => {
    const { type, body } = await talk.ask(types.read, handle, u64(offset), u32(length));
    return type === 103 ? body.subarray(4).toString() : `${body.readUInt32BE()}`;
  };
  t.same(
    await Promise.all([part(0, 4), part(8, 100), part(10, 1), part(2 ** 40, 1), part(3, 0), part(4, 0xffffffff)]),
    ['0123', '89', '1', '1', '1', '456789'],
  );
  t.equal(await talk.status(types.readdir, handle), '3 The handle is none that can be listed');
  t.equal(await talk.status(types.close, handle), '0 OK');
});

t.test('reads what is being written, by the handle that writes it', async (t) => {
  const talk = await (await startStage(t)).talk();
  const handle = await talk.open(types.open, text('/a'), u32(read | write | create), none);
  await talk.status(types.write, handle, u64(0), text('abc'));
  const { body } = await talk.ask(types.read, handle, u64(1), u32(10));
  t.equal(body.subarray(4).toString(), 'bc');
});

t.test('keeps what was written before a sync, and what comes after it once the handle is closed', async (t) => {
  const stage = await startStage(t);
  const talk = await stage.talk();
  const handle = await talk.open(types.open, text('/a'), u32(write | create), none);
  await talk.status(types.write, handle, u64(0), text('abc'));
  t.equal(await talk.status(types.extended, text('fsync@openssh.com'), handle), '0 OK');
  t.equal(readFileSync(join(stage.root, 'a'), 'utf8'), 'abc');
  await talk.status(types.write, handle, u64(3), text('def'));
  t.equal(readFileSync(join(stage.root, 'a'), 'utf8'), 'abc');
  t.equal(await talk.status(types.close, handle), '0 OK');
  t.equal(readFileSync(join(stage.root, 'a'), 'utf8'), 'abcdef');
});

t.test('a handle that was only looked through changes nothing', async (t) => {
  const stage = await startStage(t);
  writeFileSync(join(stage.root, 'a'), 'old');
  const talk = await stage.talk();
  const handle = await talk.open(types.open, text('/a'), u32(read | write), none);
  t.equal(await talk.status(types.close, handle), '0 OK');
  t.same(stage.items, []);
});

t.test('changes the size of a file, open or not', async (t) => {
  const stage = await startStage(t);
  writeFileSync(join(stage.root, 'a'), 'abcdef');
  const talk = await stage.talk();
  const size = (bytes: number): Buffer => Buffer.concat([u32(1), u64(bytes)]);
  t.equal(await talk.status(types.setstat, text('/a'), size(3)), '0 OK');
  t.equal(readFileSync(join(stage.root, 'a'), 'utf8'), 'abc');
  t.equal(await talk.status(types.setstat, text('/a'), size(5)), '0 OK');
  t.equal(readFileSync(join(stage.root, 'a'), 'latin1'), 'abc\0\0');
  const handle = await talk.open(types.open, text('/a'), u32(write), none);
  t.equal(await talk.status(types.fsetstat, handle, size(1)), '0 OK');
  await talk.status(types.close, handle);
  t.equal(readFileSync(join(stage.root, 'a'), 'utf8'), 'a');
  t.equal(await talk.status(types.setstat, text('/a'), u32(2), u32(4242), u32(4242)), '3 Owners are not changed here');
});

t.test('tells what cannot be done by the status of the protocol', async (t) => {
  const stage = await startStage(t, { options: { max_file_size: '10B' } });
  mkdirSync(join(stage.root, 'folder/inner'), { recursive: true });
  writeFileSync(join(stage.root, 'file'), 'x');
  symlinkSync('/etc/passwd', join(stage.root, 'out'));
  symlinkSync('file', join(stage.root, 'in'));
  const talk = await stage.talk();
  const table: [name: string, code: string, type: number, ...parts: Buffer[]][] = [
    ['stat of nothing', '2', types.stat, text('/none')],
    ['stat below a file', '2', types.stat, text('/file/below')],
    ['stat of a link that leads out', '3', types.stat, text('/out')],
    ['open of a link that leads out', '3', types.open, text('/out'), u32(read), none],
    ['open of a folder', '4', types.open, text('/folder'), u32(read), none],
    ['write to a folder', '4', types.open, text('/folder'), u32(write | create), none],
    ['opendir of a file', '2', types.opendir, text('/file')],
    ['opendir of nothing', '2', types.opendir, text('/none')],
    ['remove of nothing', '2', types.remove, text('/none')],
    ['remove of a folder', '4', types.remove, text('/folder')],
    ['rmdir of a folder with something in it', '4', types.rmdir, text('/folder')],
    ['mkdir of what is there', '4', types.mkdir, text('/folder'), none],
    ['rename to what is there', '4', types.rename, text('/file'), text('/in')],
    ['rename of nothing', '2', types.rename, text('/none'), text('/new')],
    ['readlink of a file', '4', types.readlink, text('/file')],
    ['symlink', '8', types.symlink, text('/file'), text('/new')],
    ['hardlink', '8', types.extended, text('hardlink@openssh.com'), text('/file'), text('/new')],
    ['an extension that nobody knows', '8', types.extended, text('new@example.com')],
    ['a name with a line break', '4', types.mkdir, text('/a\nb'), none],
    ['a name that is no text', '4', types.mkdir, text(Buffer.of(0x2f, 0xff)), none],
    ['a handle that nobody has', '4', types.read, text(u32(99)), u64(0), u32(1)],
  ];
  for (const [name, code, type, ...parts] of table) {
    const status = await talk.status(type, ...parts);
    t.ok(status.startsWith(`${code} `), `${name}: ${status}`);
  }
  t.equal(await talk.status(types.rename, text('/file'), text('/moved')), '0 OK');
  writeFileSync(join(stage.root, 'file'), 'y');
  t.equal(await talk.status(types.extended, text('posix-rename@openssh.com'), text('/file'), text('/moved')), '0 OK');
  t.equal(readFileSync(join(stage.root, 'moved'), 'utf8'), 'y');

  // What was too large is not there, not even a part of it, although its handle is closed.
  const handle = await talk.open(types.open, text('/large'), u32(write | create), none);
  t.equal(await talk.status(types.write, handle, u64(0), text('0123456789')), '0 OK');
  t.match(await talk.status(types.write, handle, u64(10), text('x')), /^4 /);
  t.match(await talk.status(types.write, handle, u64(0), text('x')), /^4 /, 'it stays broken');
  t.match(await talk.status(types.close, handle), /^4 /);
  t.notOk(existsSync(join(stage.root, 'large')));
});

t.test('knows where a path leads', async (t) => {
  const stage = await startStage(t);
  symlinkSync('target', join(stage.root, 'link'));
  const talk = await stage.talk();
  const nameOf = async (type: number, path: string): Promise<string> => {
    const { body } = await talk.ask(type, text(path));
    return body.subarray(8, 8 + body.readUInt32BE(4)).toString();
  };
  t.equal(await nameOf(types.realpath, '.'), '/');
  t.equal(await nameOf(types.realpath, ''), '/');
  t.equal(await nameOf(types.realpath, 'a/./b/../../../c'), '/c');
  t.equal(await nameOf(types.readlink, '/link'), 'target');
});

t.test('shows space as that of the file system', async (t) => {
  const talk = await (await startStage(t)).talk();
  const { type, body } = await talk.ask(types.extended, text('statvfs@openssh.com'), text('/'));
  t.same([type, body.length, body.readBigUInt64BE(80)], [201, 88, 255n]);
});

t.test('an account does what it may, and no more', async (t) => {
  const stage = await startStage(t, { account: { permissions: ['write'] } });
  writeFileSync(join(stage.root, 'old'), 'x');
  const talk = await stage.talk();
  const handle = await talk.open(types.open, text('/new'), u32(write | create | truncate), none);
  t.equal(await talk.status(types.close, handle), '0 OK');
  t.match(await talk.status(types.opendir, text('/')), /^3 /);
  t.match(await talk.status(types.open, text('/old'), u32(read), none), /^3 /);
  t.match(await talk.status(types.remove, text('/old')), /^3 /);
  t.match(await talk.status(types.rename, text('/old'), text('/other')), /^3 /);
  t.match(await talk.status(types.mkdir, text('/folder'), none), /^3 /);
});

t.test('nobody changes anything where nothing is to be written', async (t) => {
  const stage = await startStage(t, { options: { write: false } });
  writeFileSync(join(stage.root, 'old'), 'x');
  const talk = await stage.talk();
  t.match(await talk.status(types.open, text('/new'), u32(write | create), none), /^3 /);
  t.match(await talk.status(types.remove, text('/old')), /^3 /);
  await talk.open(types.open, text('/old'), u32(read), none);
  const { body } = await talk.ask(types.extended, text('statvfs@openssh.com'), text('/'));
  t.equal(body.readBigUInt64BE(72), 3n, 'and statvfs says so');
});

// Regression: it could read what was there from what it was going to write over it.
t.test('who may write and not read reads nothing of what was there', async (t) => {
  const stage = await startStage(t, { account: { permissions: ['list', 'write'] } });
  writeFileSync(join(stage.root, 'old'), 'secret');
  const talk = await stage.talk();
  const handle = await talk.open(types.open, text('/old'), u32(read | write), none);
  t.match(await talk.status(types.read, handle, u64(0), u32(100)), /^3 /);
  const own = await talk.open(types.open, text('/own'), u32(read | write | create), none);
  t.equal(await talk.status(types.write, own, u64(0), text('own')), '0 OK');
  t.equal((await talk.ask(types.read, own, u64(0), u32(100))).body.toString('utf8', 4), 'own');
  t.equal(await talk.status(types.extended, text('fsync@openssh.com'), own), '0 OK');
  t.match(await talk.status(types.read, own, u64(0), u32(100)), /^3 /, 'from then on it may be of somebody else');
});

// Regression: who may not look was taken to find nothing, and what was there was emptied.
t.test('who may write and not look keeps what is there, and its mode', async (t) => {
  const stage = await startStage(t, { account: { permissions: ['write'] } });
  const path = join(stage.root, 'old');
  const mode = Buffer.concat([u32(4), u32(0o600)]);
  for (const [flags, expected] of [
    [write | create, 'XYcdef'],
    [append | create, 'abcdefXY'],
    [write | create | truncate, 'XY'],
  ] as const) {
    writeFileSync(path, 'abcdef');
    const talk = await stage.talk();
    const handle = await talk.open(types.open, text('/old'), u32(flags), mode);
    t.equal(await talk.status(types.write, handle, u64(0), text('XY')), '0 OK');
    t.equal(await talk.status(types.close, handle), '0 OK');
    t.equal(readFileSync(path, 'utf8'), expected);
    if (expected !== 'XY') t.equal(statSync(path).mode & 0o777, 0o644);
  }
});

// Regression: it was refused, and the folder was there.
t.test('who may make folders and write no files makes one with a mode', async (t) => {
  const stage = await startStage(t, { account: { permissions: ['mkdir'] } });
  const talk = await stage.talk();
  t.equal(await talk.status(types.mkdir, text('/in'), u32(4), u32(0o700)), '0 OK');
  t.equal(statSync(join(stage.root, 'in')).mode & 0o777, 0o700);
});

// Regression: what was set by a handle was set by its path, which led to another file by then.
t.test('what a handle that reads is asked to change is its own file', async (t) => {
  const stage = await startStage(t);
  writeFileSync(join(stage.root, 'a'), 'aaa');
  writeFileSync(join(stage.root, 'b'), 'b');
  const talk = await stage.talk();
  const handle = await talk.open(types.open, text('/a'), u32(read), none);
  t.equal(await talk.status(types.rename, text('/a'), text('/c')), '0 OK');
  t.equal(await talk.status(types.rename, text('/b'), text('/a')), '0 OK');
  t.equal(await talk.status(types.fsetstat, handle, u32(12), u32(0o600), u32(10), u32(20)), '0 OK');
  t.equal(sizeOf((await talk.ask(types.fstat, handle)).body), 3);
  const [moved, other] = [statSync(join(stage.root, 'c')), statSync(join(stage.root, 'a'))];
  t.same([moved.mode & 0o777, moved.mtimeMs], [0o600, 20_000]);
  t.equal(other.mode & 0o777, 0o644);
  t.equal(await talk.status(types.fsetstat, handle, u32(1), u64(3)), '0 OK');
  t.match(await talk.status(types.fsetstat, handle, u32(1), u64(1)), /^3 /);
});

// Regression: Node cannot ask for it, and each was a line of an error in the log.
t.test('past 2^53 there is nothing to read', async (t) => {
  const stage = await startStage(t);
  writeFileSync(join(stage.root, 'a'), 'a');
  const talk = await stage.talk();
  for (const flags of [read, read | write]) {
    const handle = await talk.open(types.open, text('/a'), u32(flags), none);
    for (const offset of [2 ** 53 - 1, 2 ** 53, 2 ** 63])
      t.equal(await talk.status(types.read, handle, u64(offset), u32(1)), '1 End');
  }
  t.notOk(stage.context.logs.some(({ severity }) => severity === 'err'));
});

t.test('a quota ends an upload, and leaves nothing of it', async (t) => {
  const stage = await startStage(t, { account: { quota: 100 } });
  writeFileSync(join(stage.root, 'old'), 'x'.repeat(60));
  const talk = await stage.talk();
  const handle = await talk.open(types.open, text('/new'), u32(write | create), none);
  t.equal(await talk.status(types.write, handle, u64(0), text('y'.repeat(40))), '0 OK');
  t.match(await talk.status(types.write, handle, u64(40), text('y')), /^4 /);
  t.match(await talk.status(types.close, handle), /^4 /);
  t.same(
    readdirSync(stage.root).filter((name) => !name.startsWith('.')),
    ['old'],
  );
});

t.test('a connection that breaks leaves nothing of what was being written, and says so in one line', async (t) => {
  const stage = await startStage(t);
  const talk = await stage.talk();
  await talk.open(types.open, text('/untouched'), u32(read | write | create | truncate), none);
  const handle = await talk.open(types.open, text('/cut'), u32(write | create), none);
  await talk.status(types.write, handle, u64(0), text('half'));
  talk.client.end();
  const { fields } = await stage.context.logged(/an upload was cut off/);
  t.equal(fields['name'], '/untouched');
  const lines = () => stage.context.logs.filter(({ message }) => /cut off/.test(message));
  while (lines().length < 2) await new Promise((resolve) => setImmediate(resolve));
  t.same(
    lines().map((line) => line.fields['name']),
    ['/untouched', '/cut'],
  );
  t.same(
    readdirSync(stage.root, { recursive: true }).filter((name) => name !== '.portico-incoming'),
    [],
  );
  t.same(stage.items, []);
});

t.test('lists ten thousand entries', async (t) => {
  const stage = await startStage(t);
  const expected = Array.from({ length: 10_000 }, (_, index) => `file ${index}`);
  for (const name of expected) writeFileSync(join(stage.root, name), '');
  const talk = await stage.talk();
  const handle = await talk.open(types.opendir, text('/'));
  const names = new Set<string>();
  for (;;) {
    const { type, body } = await talk.ask(types.readdir, handle);
    if (type === 101) break;
    let at = 4;
    for (let count = body.readUInt32BE(); count > 0; count -= 1) {
      const [nameEnd] = [at + 4 + body.readUInt32BE(at)];
      names.add(body.subarray(at + 4, nameEnd).toString());
      at = nameEnd + 4 + body.readUInt32BE(nameEnd) + 32;
    }
    if (body.length > 34_000) t.fail('more than every peer takes');
  }
  t.ok([...names].sort().join() === expected.sort().join());
});

t.test('keeps 64 handles apart, with everything sent at once', async (t) => {
  const stage = await startStage(t);
  const talk = await stage.talk();
  const numbers = Array.from({ length: 64 }, (_, index) => index);
  const handles = await Promise.all(
    numbers.map((number) => talk.open(types.open, text(`/${number}`), u32(write | create), none)),
  );
  const block = (number: number): Buffer => Buffer.alloc(10_000, `${number} `);
  const written = numbers.flatMap((number) =>
    [0, 1, 2].map((place) =>
      talk.status(types.write, handles[number] as Buffer, u64(place * 10_000), text(block(number))),
    ),
  );
  t.same(new Set(await Promise.all(written)), new Set(['0 OK']));
  await Promise.all(handles.map((handle) => talk.status(types.close, handle)));
  for (const number of numbers) {
    const bytes = block(number);
    t.ok(readFileSync(join(stage.root, `${number}`)).equals(Buffer.concat([bytes, bytes, bytes])), `${number}`);
  }
});

t.test('a packet that is none of SFTP ends the session, with one failure, and no other', async (t) => {
  const stage = await startStage(t);
  const [talk, other] = [await stage.talk(), await stage.talk()];
  talk.channel.write(Buffer.concat([u32(1), Buffer.of(99)]));
  await once(talk.client, 'close');
  t.match(stage.failures, [{ name: 'PeerError', message: /ends too early/ }]);
  t.equal((await other.ask(types.realpath, text('.'))).type, 104);
});

t.test('speaks SFTP only', async (t) => {
  const stage = await startStage(t);
  const client = await connect(t, stage.port);
  const said = await new Promise<string>((resolve) => {
    client.exec('rm -rf /', (_error, channel) => {
      channel.resume();
      channel.stderr.on('data', (bytes: Buffer) => resolve(bytes.toString()));
    });
  });
  t.equal(said, 'This server speaks SFTP only.\r\n');
  const refused = new Promise((resolve) => client.subsys('shell', (error) => resolve(error?.message)));
  t.match(await refused, /Unable to start subsystem/);
  const forwarded = new Promise((resolve) => {
    client.forwardOut('127.0.0.1', 1, '127.0.0.1', stage.port, (error) => resolve(error?.message));
  });
  t.match(await forwarded, /Channel open failure/);
  // The connection goes on.
  t.equal((await (await beginTalk(client)).ask(types.realpath, text('.'))).type, 104);
});

// Regression: it ended the worker.
t.test('a second program on one channel ends the connection', async (t) => {
  const stage = await startStage(t);
  const client = await connect(t, stage.port);
  const closed = once(client, 'close');
  client.exec('scp -t /', (_error, channel) => {
    const { outgoing } = channel as unknown as { readonly outgoing: { readonly id: number } };
    const { _protocol: protocol } = client as unknown as {
      readonly _protocol: { subsystem(id: number, name: string, wantsReply: boolean): void };
    };
    protocol.subsystem(outgoing.id, 'sftp', true);
    channel.write('x');
  });
  await closed;
  await stage.talk();
});

t.test('has eight channels, and not one more', async (t) => {
  const stage = await startStage(t);
  const client = await connect(t, stage.port);
  for (let count = 0; count < 8; count += 1) await beginTalk(client);
  await t.rejects(beginTalk(client), /Channel open failure/);
});

t.test('a peer that says nothing is idle: nothing is sent to keep it alive', async (t) => {
  const stage = await startStage(t, { idleMs: 1000 });
  const { client } = await stage.talk();
  const [session] = stage.sessions;
  const closed = once(client, 'close');
  session?.lookForLife(0);
  session?.lookForLife(999);
  t.equal(session?.isAborted, false);
  session?.lookForLife(1000);
  t.equal(session?.isAborted, true);
  await closed;
});

t.test('a folder that cannot be opened is told to the peer and, with the reason, to the log', async (t) => {
  const reason = 'nobody may not do that at /srv/drop (EACCES)';
  const openTree = () => Promise.reject(new TreeError('denied', 'that is not allowed', { detail: reason }));
  const stage = await startStage(t, { context: { openTree } });
  const client = await connect(t, stage.port);
  for (const command of ['sftp', 'scp -t /']) {
    const said = await new Promise<string>((resolve) => {
      const listen = (_error: unknown, channel: Channel): void => {
        channel.resume();
        channel.stderr.on('data', (bytes: Buffer) => resolve(bytes.toString()));
      };
      if (command === 'sftp') client.subsys(command, listen);
      else client.exec(command, listen);
    });
    t.equal(said, 'The folder of this account cannot be opened, whoever keeps the server has to see to it.\r\n');
  }
  t.match(await stage.context.logged(/files cannot be opened/), {
    severity: 'err',
    fields: { account: 'alice', reason },
  });
  t.same(stage.failures, []);
});

t.test('limits are told to the log by their names, once for each file', async (t) => {
  const stage = await startStage(t, { options: { max_file_size: '10B' } });
  const talk = await stage.talk();
  const handle = await talk.open(types.open, text('/a'), u32(write | create), none);
  for (const _ of [1, 2]) t.match(await talk.status(types.write, handle, u64(0), text('0123456789a')), /^4 /);
  t.match(await talk.status(types.close, handle), /^4 /);
  const lines = stage.context.logs.filter(({ message }) => message === 'a file is refused');
  t.match(lines, [{ fields: { account: 'alice', reason: 'larger than max_file_size: 10 bytes' } }]);
  t.equal(lines.length, 1);
});

t.test('the folder that is there whoever comes', async (t) => {
  const folders = (given: object) => sftp.folders?.(sftp.options.parse(given));
  t.same(folders({}), []);
  t.same(folders({ root: '/srv/partners/{account}' }), ['/srv/partners']);
  t.same(folders({ root: '/srv/catalogue', write: false }), ['/srv/catalogue']);
});

t.test('shows a command that reaches it, with a name to put in', async (t) => {
  const at = { kind: 'tcp', host: '*', port: 2122, path: '' } as const;
  t.equal(sftp.trial?.(at), 'sftp -P 2122 NAME@127.0.0.1');
  t.match(sftp.trial?.({ ...at, kind: 'unix', path: '/run/s' }), /NAME@localhost$/);
});
