import fs from 'node:fs';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import t, { type Test } from 'tap';

import { startDaemon, type TestDaemon } from '../support/daemon.ts';
import { linesOf, makeFolder } from '../support/peers.ts';

/** A folder that workers of any identity can write to. */
function writableFolder(t: Test): string {
  const folder = makeFolder(t);
  fs.chmodSync(folder, 0o777);
  return folder;
}

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `line ${from + index}`);
}

async function open(t: Test, daemon: TestDaemon): Promise<Socket> {
  // As other programs: ours stays open when the other end is closed.
  const socket = connect({ port: await daemon.port('syslog'), host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  t.teardown(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** The messages of all batches, each batch in its order; their names are in the order in which they came. */
function delivered(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .toSorted()
    .flatMap((name) => fs.readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
    .map((line) => (JSON.parse(line) as { message: string }).message);
}

t.test('a worker that is killed loses no batch that was taken in, a stop none at all', async (t) => {
  const archive = join(writableFolder(t), 'archive');
  const daemon = await startDaemon(
    t,
    `
daemon: { drain: 10s }
logging: { outputs: [console] }
deliveries: { archive: { type: directory, path: ${archive}, name: "{id}" } }
services:
  syslog: { listen: [tcp://127.0.0.1:0, udp://127.0.0.1:0], deliver: [archive], batch: { count: 10, time: 1h } }
`,
  );
  const first = await open(t, daemon);
  first.write(
    numbered(0, 25)
      .map((line) => `<13>${line}\n`)
      .join(''),
  );
  t.match(await linesOf(daemon, 'item.received', 2), [{ count: 10, service: 'syslog' }, { count: 10 }]);
  process.kill(await daemon.workerPid(), 'SIGKILL');
  await linesOf(daemon, 'delivery.done', 2);
  t.same(delivered(archive), numbered(0, 20), 'what was not stored yet is lost, and nothing else');

  const second = await open(t, daemon);
  second.write(
    numbered(25, 28)
      .map((line) => `<13>${line}\n`)
      .join(''),
  );
  const udp = createSocket('udp4');
  const port = await daemon.port('syslog', 1);
  for (const line of numbered(28, 35)) udp.send(`<13>${line}`, port, '127.0.0.1');
  t.match((await linesOf(daemon, 'item.received', 3))[2], { count: 10 });
  udp.close();

  second.write(
    numbered(35, 38)
      .map((line) => `<13>${line}\n`)
      .join(''),
  );
  second.resume();
  daemon.signal('SIGTERM');
  await once(second, 'end');
  second.end('<13>line 38\n');
  t.match(await daemon.exited, { code: 0 });
  const counts = daemon.lines.filter(({ event }) => event === 'item.received').map(({ count }) => count as number);
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    20 + 14,
    'the last ones are taken in before the worker ends',
  );
});

t.test('two workers put one file aside, and every line is there once', async (t) => {
  const folder = writableFolder(t);
  const daemon = await startDaemon(
    t,
    `
daemon: { workers: 2 }
logging: { outputs: [console] }
services:
  syslog:
    listen: tcp://127.0.0.1:0
    file: { path: ${folder}/messages.log, rotate: { size: 1KB, keep: 1000 } }
`,
  );
  const sockets = await Promise.all(Array.from({ length: 8 }, () => open(t, daemon)));
  for (let round = 0; round < 250; round += 1) {
    for (const [name, socket] of sockets.entries()) socket.write(`<13>${name}-${round} ${'x'.repeat(500)}\n`);
    await turn();
  }
  for (const socket of sockets) socket.end();
  await linesOf(daemon, 'session.end', 8);
  daemon.signal('SIGTERM');
  t.match(await daemon.exited, { code: 0 });
  const names = fs.readdirSync(folder);
  const lines = names.flatMap((name) => fs.readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
  const wanted = sockets.flatMap((_, name) => Array.from({ length: 250 }, (_line, index) => `<13>${name}-${index}`));
  t.same(new Set(lines.map((line) => line.split(' ')[0])), new Set(wanted));
  t.equal(lines.length, wanted.length);
  t.ok(names.length > 3, `${names.length} files`);
});
