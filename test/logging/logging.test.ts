import { once } from 'node:events';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';

import t, { type Test } from 'tap';

import type { LogFields, Severity } from '../../src/contract/logger.ts';
import type { AddressPlan, OutputPlan } from '../../src/contract/plan.ts';
import type { EventName } from '../../src/logging/events.ts';
import type { DescriptorWriter } from '../../src/logging/links/descriptor.ts';
import { createLogging, type LoggingOptions } from '../../src/logging/logging.ts';

const awake = setInterval(() => {}, 10_000);
t.teardown(() => clearInterval(awake));

type Line = Record<string, unknown>;

function toFile(file: string): OutputPlan {
  return { kind: 'file', path: file, format: 'json' };
}

function toTcp(port: number): OutputPlan {
  const text = `tcp://127.0.0.1:${port}`;
  const address: AddressPlan = { kind: 'tcp', text, host: '127.0.0.1', port, path: '', name: '' };
  return { kind: 'syslog', address, format: 'rfc5424', ca: null };
}

function start(t: Test, outputs: readonly OutputPlan[], options: Partial<LoggingOptions> & { level?: Severity } = {}) {
  const { level = 'info', tuning, ...rest } = options;
  const logging = createLogging({
    plan: { level, facility: 'daemon', resolve: false, outputs },
    name: 'portico',
    hostname: 'gate',
    tuning: { lingerMs: 0, shortestPauseMs: 1, longestPauseMs: 2, ...tuning },
    ...rest,
  });
  t.teardown(() => logging.close());
  return logging;
}

const linesOf = (file: string): Line[] =>
  fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** Resolves with the fields of the first event of that name. */
function event(logging: ReturnType<typeof createLogging>, name: EventName): Promise<LogFields> {
  return new Promise((resolve) => {
    const end = logging.subscribe((happened, fields) => {
      if (happened !== name) return;
      end();
      resolve(fields);
    });
  });
}

t.test('one event, one line', async (t) => {
  const file = path.join(t.testdir({}), 'x.log');
  const logging = start(t, [toFile(file)]);
  logging.emit('session.start', { service: 'echo', session: 'abc', peer: '192.0.2.1:5', local: '[::1]:7' });
  logging.emit('program.stderr', { session: 'abc', message: 'what the program wrote' });
  await logging.flush();
  const [first, second, ...others] = linesOf(file);
  const { time, ...rest } = first!;
  t.same(rest, {
    severity: 'info',
    pid: process.pid,
    event: 'session.start',
    service: 'echo',
    session: 'abc',
    peer: '192.0.2.1:5',
    local: '[::1]:7',
    message: 'session started',
  });
  t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.match(second, { event: 'program.stderr', message: 'what the program wrote' });
  t.equal(fs.readFileSync(file, 'utf8').split('"message"').length, 3, 'one message in each');
  t.same(others, []);
});

t.test('the level decides about lines, not about who else listens', async (t) => {
  const file = path.join(t.testdir({}), 'x.log');
  const logging = start(t, [toFile(file)], { level: 'warning' });
  const heard: EventName[] = [];
  const end = logging.subscribe((name) => heard.push(name));
  logging.emit('session.start', {});
  logging.emit('worker.exit', {});
  end();
  logging.emit('worker.exit', {});
  logging.logger.info('no');
  logging.logger.err('yes');
  await logging.flush();
  t.same(heard, ['session.start', 'worker.exit']);
  t.same(
    linesOf(file).map((line) => line['event'] ?? line['message']),
    ['worker.exit', 'worker.exit', 'yes'],
  );
});

t.test('an event with another severity than its own', async (t) => {
  const folder = t.testdir({});
  const files = [path.join(folder, 'info.log'), path.join(folder, 'debug.log')] as const;
  for (const [file, level] of [
    [files[0], 'info'],
    [files[1], 'debug'],
  ] as const) {
    const logging = start(t, [toFile(file)], { level });
    const heard: EventName[] = [];
    logging.subscribe((name) => heard.push(name));
    logging.emit('session.start', { service: '@admin' }, 'debug');
    logging.emit('session.end', { service: '@admin', message: 'over' }, 'debug');
    await logging.flush();
    t.same(heard, ['session.start', 'session.end']);
  }
  t.same(fs.existsSync(files[0]) ? linesOf(files[0]) : [], []);
  t.same(
    linesOf(files[1]).map(({ severity, event, service, message }) => ({ severity, event, service, message })),
    [
      { severity: 'debug', event: 'session.start', service: '@admin', message: 'session started' },
      { severity: 'debug', event: 'session.end', service: '@admin', message: 'over' },
    ],
  );
});

t.test('a logger’s bindings are in each of its lines', async (t) => {
  const file = path.join(t.testdir({}), 'x.log');
  const logging = start(t, [toFile(file)], { level: 'debug' });
  const log = logging.logger.child({ service: 'echo' }).child({ session: 'abc' });
  log.err('one');
  log.warning('two', { a: 1 });
  log.notice('three');
  log.info('four');
  log.debug('five');
  await logging.flush();
  t.match(linesOf(file), [
    { severity: 'err', service: 'echo', session: 'abc', message: 'one' },
    { severity: 'warning', service: 'echo', session: 'abc', message: 'two', a: 1 },
    { severity: 'notice', message: 'three' },
    { severity: 'info', message: 'four' },
    { severity: 'debug', message: 'five' },
  ]);
});

t.test('after a rotation by renaming, lines go to the new file', async (t) => {
  const file = path.join(t.testdir({}), 'x.log');
  const logging = start(t, [toFile(file)]);
  logging.logger.info('before');
  await logging.flush();
  fs.renameSync(file, `${file}.1`);
  logging.logger.info('between');
  await logging.flush();
  logging.reopen();
  logging.logger.info('after');
  await logging.flush();
  const messages = (name: string): unknown[] => linesOf(name).map((line) => line['message']);
  t.same(messages(`${file}.1`), ['before', 'between']);
  t.same(messages(file), ['after']);
});

t.test('descriptors that others opened are used, and replaced', async (t) => {
  const folder = t.testdir({});
  const file = path.join(folder, 'x.log');
  const [one, two] = ['one', 'two'].map((name) => path.join(folder, name)) as [string, string];
  const logging = start(t, [toFile(file)], { files: { [file]: fs.openSync(one, 'a') } });
  logging.logger.info('first');
  await logging.flush();
  logging.reopen({ [file]: fs.openSync(two, 'a') });
  logging.logger.info('second');
  await logging.flush();
  t.match(linesOf(one), [{ message: 'first' }]);
  t.match(linesOf(two), [{ message: 'second' }]);
  t.notOk(fs.existsSync(file));
});

t.test('lines of the last moment', async (t) => {
  const file = path.join(t.testdir({}), 'x.log');
  const logging = start(t, [toFile(file)], { tuning: { lingerMs: 1_000_000 } });
  logging.logger.info('last');
  logging.flushSync();
  t.match(linesOf(file), [{ message: 'last' }]);
});

t.test(
  'a full disk: the others are told once, and nothing grows',
  { skip: !fs.existsSync('/dev/full') && 'there is no /dev/full' },
  async (t) => {
    const file = path.join(t.testdir({}), 'x.log');
    const logging = start(t, [toFile('/dev/full'), toFile(file)], { tuning: { maxWaiting: 10_000 } });
    const failed = event(logging, 'log.failed');
    logging.logger.info('x');
    t.match(await failed, { output: '/dev/full', error: { code: 'ENOSPC' } });
    for (let i = 0; i < 100; i += 1) {
      logging.logger.info('x');
      await logging.flush();
    }
    const told = linesOf(file).filter((line) => line['event'] === 'log.failed');
    t.match(told, [{ severity: 'err', output: '/dev/full', error: /ENOSPC/ }]);
    t.equal(told.length, 1);
    t.ok(logging.dropped()['/dev/full']! > 0);
    t.equal(logging.dropped()[file], 0);
  },
);

t.test('when the disk has room again, what was kept is written, and what was lost is told', async (t) => {
  const folder = t.testdir({});
  const file = path.join(folder, 'x.log');
  const disk = { isFull: true };
  const writer: DescriptorWriter = {
    write(fd, buffer, offset, length, position, done) {
      if (disk.isFull) setImmediate(done, Object.assign(new Error('no space'), { code: 'ENOSPC' }), 0);
      else fs.write(fd, buffer, offset, length, position, done);
    },
    writeSync: fs.writeSync,
  };
  const lost: [string, number][] = [];
  const logging = start(t, [toFile(file)], {
    writer,
    tuning: { maxWaiting: 2_000 },
    onDropped: (output, count) => lost.push([output, count]),
  });
  const failed = event(logging, 'log.failed');
  logging.logger.info('line 0');
  await failed;
  for (let i = 1; i < 100; i += 1) logging.logger.info(`line ${i}`);
  const { [file]: count } = logging.dropped();
  t.ok(count! > 0);
  const told = event(logging, 'log.dropped');
  disk.isFull = false;
  t.match(await told, { output: file, count });
  await logging.flush();
  const messages = linesOf(file).map((line) => line['message']);
  t.same(messages, [...Array.from({ length: 100 - count! }, (_, i) => `line ${i}`), 'log lines dropped']);
  t.same(lost, [[file, count]]);
});

t.test('a syslog receiver that goes away and returns has the lines in order', async (t) => {
  const first = net.createServer();
  await once(first.listen(0, '127.0.0.1'), 'listening');
  const { port } = first.address() as AddressInfo;
  const file = path.join(t.testdir({}), 'x.log');
  const logging = start(t, [toTcp(port), toFile(file)]);
  const [socket] = (await once(first, 'connection')) as [net.Socket];
  logging.logger.info('one');
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  t.match(chunk.toString(), /^\d+ <30>1 \S+ gate portico \d+ - - one$/);

  const failed = event(logging, 'log.failed');
  socket.destroy();
  await new Promise((resolve) => first.close(resolve));
  t.match(await failed, { output: `tcp://127.0.0.1:${port}` });
  logging.logger.info('two');
  logging.logger.info('three');
  await logging.flush();
  t.match(linesOf(file), [{ message: 'one' }, { event: 'log.failed' }, { message: 'two' }, { message: 'three' }]);

  const second = net.createServer();
  second.listen(port, '127.0.0.1');
  const [again] = (await once(second, 'connection')) as [net.Socket];
  t.teardown(() => second.close());
  let text = '';
  for await (const data of again) {
    text += String(data);
    if (text.includes('three')) break;
  }
  t.match(text, /^\d+ <30>1 \S+ gate portico \d+ - - two\d+ <30>1 \S+ gate portico \d+ - - three$/);
});

t.test('a receiver that does not read costs its room; when it reads again, it hears what it missed', async (t) => {
  const server = net.createServer({ pauseOnConnect: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const output = `tcp://127.0.0.1:${port}`;
  const logging = start(t, [toTcp(port)], { tuning: { maxWaiting: 200_000 } });
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  const filler = 'x'.repeat(8_000);
  // More than the kernel's buffers and ours together take.
  for (let i = 0; logging.dropped()[output] === 0; i += 1) {
    logging.logger.info(filler);
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const told = event(logging, 'log.dropped');
  socket.resume();
  t.match(await told, { output, count: Number });
  socket.destroy();
});

t.test('what a peer sends cannot make a line of its own', async (t) => {
  const file = path.join(t.testdir({}), 'x.log');
  const lines = `${file}.5424`;
  const logging = start(t, [toFile(file), { kind: 'file', path: lines, format: 'rfc5424' }]);
  const evil = 'alice\n<0>1 - - - - - root\u001b[2J\u009b1m\u202e"]';
  logging.emit('auth.failed', { service: 'ftp', account: evil });
  await logging.flush();
  t.match(linesOf(file), [{ account: evil }]);
  t.match(
    fs.readFileSync(lines, 'utf8'),
    /^<29>1 \S+ gate portico \d+ auth\.failed \[portico@32473 service="ftp" account="alice\\\\n<0>1 - - - - - root\\\\x1b\[2J\\\\x9b1m\\\\u202e\\"\\\]"\] authentication failed\n$/,
  );
});
