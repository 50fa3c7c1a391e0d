import { createSocket } from 'node:dgram';
import { closeSync, readFileSync } from 'node:fs';
import { BoundSocket, connect } from 'node:net';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import type { Service, ServiceSocket, Transport } from '../../../src/contract/index.ts';
import { createAttendant } from '../../../src/services/exec/attendant.ts';
import exec from '../../../src/services/exec/index.ts';
import { libc } from '../../../src/system/libc.ts';
import { watchReadable } from '../../../src/system/readiness.ts';
import { bindDatagram, listenOn, localAddress } from '../../../src/system/sockets.ts';
import { createFakeBuses } from '../../support/fake-bus.ts';
import { createFakeContext, type FakeContext } from '../../support/fake-context.ts';

const skip = libc === null ? 'needs node:ffi' : false;

async function create(options: object, context: FakeContext): Promise<Service> {
  return exec.create(exec.options.parse({ wait: true, ...options }), context);
}

function socketOf(fd: number, transport: Transport): ServiceSocket {
  return { fd, transport, local: localAddress(fd), readable: (signal) => watchReadable(fd, signal) };
}

function bindStream(t: Test): ServiceSocket {
  const bound = new BoundSocket({ host: '127.0.0.1', port: 0 });
  t.teardown(() => bound.close());
  const fd = bound.fd() ?? -1;
  listenOn(fd, 16);
  return socketOf(fd, 'stream');
}

function bindDatagrams(t: Test): ServiceSocket {
  const fd = bindDatagram({ host: '127.0.0.1', port: 0 });
  t.teardown(() => closeSync(fd));
  return socketOf(fd, 'datagram');
}

/** A socket on which there is always something. */
function busySocket(): ServiceSocket {
  const local = { address: '127.0.0.1', port: 9, family: 'IPv4' } as const;
  return { fd: 0, transport: 'datagram', local, readable: async () => {} };
}

async function send(port: number, text: string): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise((resolve) => {
    socket.send(text, port, '127.0.0.1', resolve);
  });
  socket.close();
}

async function ask(port: number): Promise<string> {
  const peer = connect({ port, host: '127.0.0.1' });
  const chunks = await peer.toArray();
  return Buffer.concat(chunks).toString();
}

t.test('a program gets the listening socket, and the next one when it has ended', { skip }, async (t) => {
  const acceptOnce = `
    const server = require('node:net').createServer((socket) => { socket.end(process.env.PROTO + ' ' + process.pid); server.close(); });
    server.listen({ fd: 0 });`;
  const context = createFakeContext();
  const service = await create({ command: [process.execPath, '-e', acceptOnce] }, context);
  const socket = bindStream(t);
  const attended = service.socket?.(socket);
  const answers = [await ask(socket.local.port), await ask(socket.local.port)];
  t.match(answers, [/^TCP \d+$/, /^TCP \d+$/]);
  t.not(answers[0], answers[1], 'two programs');
  context.drain();
  await attended;
  await service.stop?.();
  t.match(
    context.logs.map(({ fields }) => fields),
    [
      { event: 'program.exit', status: 0 },
      { event: 'program.exit', status: 0 },
    ],
  );
});

t.test('a program gets the bound socket with the datagram in it', { skip }, async (t) => {
  const folder = t.testdir();
  const context = createFakeContext();
  const script = 'dd bs=2000 count=1 of=$1 2>/dev/null; echo got $PROTO >&2; exit 4';
  const service = await create({ command: ['/bin/sh', '-c', script, 'sh', join(folder, 'got')] }, context);
  const socket = bindDatagrams(t);
  const attended = service.socket?.(socket);
  await send(socket.local.port, 'hello');
  await context.logged(/program ended/);
  t.equal(readFileSync(join(folder, 'got'), 'utf8'), 'hello');
  t.match(context.logs, [
    { message: 'got UDP', fields: { event: 'program.stderr' } },
    { message: 'program ended', fields: { event: 'program.exit', status: 4 } },
  ]);
  context.drain();
  await attended;
});

t.test('a program that runs goes on through a drain, and ends at a stop', { skip }, async (t) => {
  const context = createFakeContext();
  const script = 'trap "exit 7" TERM; echo ready >&2; while :; do sleep 0.02; done';
  const service = await create({ command: ['/bin/sh', '-c', script] }, context);
  const socket = bindDatagrams(t);
  let isOver = false;
  const attended = Promise.resolve(service.socket?.(socket)).then(() => {
    isOver = true;
  });
  await send(socket.local.port, 'hello');
  await context.logged(/ready/);
  context.drain();
  await new Promise(setImmediate);
  t.equal(isOver, false);
  await service.stop?.();
  await attended;
  t.match(context.logs.at(-1)?.fields, { event: 'program.exit', status: 7 });
});

t.test('a program that leaves what it was started for is started more and more seldom', { skip }, async (t) => {
  const context = createFakeContext();
  const service = await create({ command: ['/bin/false'], stderr: 'discard' }, context);
  const attended = service.socket?.(busySocket());
  t.equal(
    (await context.logged(/over and over/)).message,
    'the program ends at once over and over: next start in 0.1 s',
  );
  t.equal(context.logs.filter(({ message }) => message === 'program ended').length, 10);
  await context.logged(/next start in 0.2 s/);
  context.drain();
  await attended;
});

t.test('a program that is missing is looked for again', { skip }, async (t) => {
  const context = createFakeContext();
  const service = await create({ command: ['/nonexistent/program'] }, context);
  const attended = service.socket?.(busySocket());
  t.match((await context.logged(/cannot start the program/)).message, /ENOENT/);
  await context.logged(/next start in 0.2 s/);
  context.drain();
  await attended;
});

t.test('while the load is too high what came stays in the socket', { skip }, async (t) => {
  const context = createFakeContext({
    spawn() {
      throw new Error('nothing is to be started');
    },
  });
  const gate = { refusal: () => 'the load is 9.00, more than 4' };
  const service = createAttendant(exec.options.parse({ command: ['/bin/cat'], wait: true }), context, gate);
  const attended = service.socket?.(busySocket());
  t.match(await context.logged(/load/), {
    message: 'no program is started for now: the load is 9.00, more than 4',
    fields: { event: 'program.refused', reason: 'load' },
  });
  context.drain();
  await attended;
  t.equal(context.logs.length, 1);
});

t.test('of several workers only one has a program on the socket', { skip }, async (t) => {
  const buses = createFakeBuses(2);
  const contexts = buses.map((bus) => createFakeContext({ bus, name: 'slow' }));
  const script = 'dd bs=2000 count=1 2>/dev/null >&2; echo up >&2; exec sleep 600';
  const services = await Promise.all(
    contexts.map((context) => create({ command: ['/bin/sh', '-c', script] }, context)),
  );
  const socket = bindDatagrams(t);
  const attended = services.map(async (service) => service.socket?.(socket));
  await buses[0]!.settled();
  await send(socket.local.port, 'one');
  await send(socket.local.port, 'two');
  await contexts[0]!.logged(/up/);
  t.same(contexts[1]!.logs, []);
  contexts[0]!.drain();
  await services[0]!.stop?.();
  await contexts[1]!.logged(/up/);
  t.pass('the other takes over when the first is gone');
  await services[1]!.stop?.();
  await Promise.all(attended);
});
