import fs from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { createFileOutput, type FileOutput } from '../../../src/services/syslog/file-output.ts';
import type { Batch } from '../../../src/services/syslog/gatherer.ts';
import type { FileOptions } from '../../../src/services/syslog/options.ts';
import { createRotationLock, type RotationLock } from '../../../src/services/syslog/rotation-lock.ts';
import { createDisk } from '../../../src/system/disk.ts';
import { createFakeBuses } from '../../support/fake-bus.ts';
import { createFakeLogger, type LogLine } from '../../support/fake-session.ts';

const peer = { address: '192.0.2.1', port: 514, family: 'IPv4' } as const;
const freeLock: RotationLock = { take: async () => ({ [Symbol.dispose]() {} }) };

function batchOf(...lines: string[]): Batch {
  const whole = lines.map((line) => `${line}\n`);
  return { lines: whole, bytes: Buffer.byteLength(whole.join('')), sender: { session: null, peer }, isMixed: false };
}

async function open(file: FileOptions, lock = freeLock, logs: LogLine[] = []): Promise<FileOutput> {
  return createFileOutput({ file, lock, log: createFakeLogger(logs), disk: createDisk({ floor: 0 }) });
}

const linesOf = (path: string): string[] => fs.readFileSync(path, 'utf8').split('\n').slice(0, -1);

t.test('appends to what is there, and makes what is not', async (t) => {
  const folder = t.testdir({ old: 'first\n' });
  const old = await open({ path: join(folder, 'old'), format: 'raw' });
  await old.carry(batchOf('second', 'third'));
  await old.close();
  t.same(linesOf(join(folder, 'old')), ['first', 'second', 'third']);
  const path = join(folder, 'a/b/new');
  const made = await open({ path, format: 'raw' });
  await made.carry(batchOf('x'));
  await made.close();
  t.same(linesOf(path), ['x']);
  t.equal(fs.statSync(path).mode & 0o777, 0o640 & ~process.umask());
});

t.test('a file that was renamed, removed or emptied by others is no trouble', async (t) => {
  const folder = t.testdir({});
  const path = join(folder, 'log');
  const output = await open({ path, format: 'raw' });
  await output.carry(batchOf('1'));
  fs.renameSync(path, `${path}.old`);
  await output.carry(batchOf('2'));
  t.same([linesOf(`${path}.old`), linesOf(path)], [['1'], ['2']]);
  fs.rmSync(path);
  await output.carry(batchOf('3'));
  t.same(linesOf(path), ['3']);
  fs.truncateSync(path);
  await output.carry(batchOf('4'));
  t.same(linesOf(path), ['4']);
  await output.close();
});

t.test('what is no file is told at the start', async (t) => {
  const folder = t.testdir({ folder: {} });
  await t.rejects(open({ path: join(folder, 'folder'), format: 'raw' }), { code: 'EISDIR' });
  await t.rejects(open({ path: '/dev/null', format: 'raw' }), /\/dev\/null is not a plain file/);
});

t.test('a write that stops half way goes on with whole lines', async (t) => {
  const folder = t.testdir({});
  const path = join(folder, 'log');
  const output = await open({ path, format: 'raw' });
  const handle = await fs.promises.open(path);
  const prototype = Object.getPrototypeOf(handle) as fs.promises.FileHandle;
  await handle.close();
  const { write } = prototype;
  t.teardown(() => Object.assign(prototype, { write }));
  // Seven bytes at a time, and now and then none: as a disk that is full, and has room again.
  let calls = 0;
  Object.assign(prototype, {
    async write(this: fs.promises.FileHandle, bytes: Buffer) {
      calls += 1;
      if (calls === 2) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return (write as (part: Buffer) => Promise<{ bytesWritten: number }>).call(this, bytes.subarray(0, 7));
    },
  });
  const batch = batchOf('aaaa', 'bbbb', 'cccc');
  await t.rejects(output.carry(batch), { code: 'ENOSPC' });
  Object.assign(prototype, { write });
  await output.carry(batch);
  await output.close();
  t.same(linesOf(path), ['aaaa', 'bb', 'bbbb', 'cccc'], 'half a line is all that is too much');
});

t.test('two that write the same file put it aside once each time, and every line is there once', async (t) => {
  const folder = t.testdir({});
  const path = join(folder, 'log');
  const file: FileOptions = { path, format: 'raw', rotate: { size: 1024, keep: 1000 } };
  const outputs = await Promise.all(createFakeBuses(3).map((bus) => open(file, createRotationLock(bus))));
  const send = async (output: FileOutput, name: number): Promise<void> => {
    for (let count = 0; count < 100; count += 1) await output.carry(batchOf(`${name}-${count} ${'x'.repeat(90)}`));
  };
  await Promise.all(outputs.map(send));
  await Promise.all(outputs.map((output) => output.close()));
  const files = fs.readdirSync(folder);
  const lines = files.flatMap((name) => linesOf(join(folder, name)).map((line) => line.split(' ')[0] ?? ''));
  const wanted = [0, 1, 2].flatMap((name) => Array.from({ length: 100 }, (_, count) => `${name}-${count}`));
  t.same(lines.sort(), wanted.sort());
  t.ok(files.length > 8, `${files.length} files`);
  const empty = files.filter((name) => name !== 'log' && fs.statSync(join(folder, name)).size < 512);
  t.same(empty, [], 'none was put aside before it was full');
});

t.test('who may not rename goes on with the file', async (t) => {
  const folder = t.testdir({});
  const path = join(folder, 'log');
  const logs: LogLine[] = [];
  const broken: RotationLock = { take: () => Promise.reject(new Error('permission denied')) };
  const output = await open({ path, format: 'raw', rotate: { size: 1024, keep: 1 } }, broken, logs);
  for (let count = 0; count < 5; count += 1) await output.carry(batchOf('x'.repeat(1000)));
  await output.close();
  t.equal(linesOf(path).length, 5);
  t.match(logs, [{ severity: 'warning', message: `${path} cannot be rotated: permission denied` }]);
  t.equal(logs.length, 1);
});

// Regression: who may write to the folder said by a link which file was to grow.
t.test('a link in the place of the file is not followed', async (t) => {
  const folder = t.testdir({ other: '', log: t.fixture('symlink', 'other') });
  await t.rejects(open({ path: join(folder, 'log'), format: 'raw' }), { code: 'ELOOP' });
  t.equal(fs.readFileSync(join(folder, 'other'), 'utf8'), '');
});
