import dgram from 'node:dgram';
import { once } from 'node:events';

import t from 'tap';

import type { Link } from '../../../src/logging/link.ts';
import { createDatagramTarget } from '../../../src/logging/links/datagram.ts';

const awake = setInterval(() => {}, 10_000);
t.teardown(() => clearInterval(awake));

async function receiver(type: dgram.SocketType = 'udp4', address = '127.0.0.1'): Promise<dgram.Socket> {
  const socket = dgram.createSocket(type);
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

function dial(host: string, port: number) {
  const opened = Promise.withResolvers<Link>();
  const broke = Promise.withResolvers<Error>();
  const giveUp = createDatagramTarget({ host, port })({ opened: opened.resolve, broke: broke.resolve });
  return { opened: opened.promise, broke: broke.promise, giveUp };
}

const send = (link: Link, lines: readonly string[]): Promise<[string | null, number]> =>
  new Promise((resolve) => link.send(lines, (error, sent) => resolve([error?.message ?? null, sent])));

async function take(socket: dgram.Socket, count: number): Promise<string[]> {
  const texts: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('message', (message) => {
    texts.push(message.toString());
    if (texts.length === count) resolve();
  });
  await promise;
  return texts;
}

t.test('one line, one datagram', async (t) => {
  const socket = await receiver();
  t.teardown(() => socket.close());
  const link = await dial('127.0.0.1', socket.address().port).opened;
  const received = take(socket, 3);
  t.same(await send(link, ['one', 'größe']), [null, 2]);
  link.sendNow(['last']);
  t.same(await received, ['one', 'größe', 'last']);
  link.close();
});

t.test('a line that no network takes does not hold up the others', async (t) => {
  const socket = await receiver();
  t.teardown(() => socket.close());
  const link = await dial('127.0.0.1', socket.address().port).opened;
  const received = take(socket, 1);
  t.same(await send(link, ['x'.repeat(70_000), 'short']), [null, 2]);
  t.same(await received, ['short']);
  link.close();
});

t.test('that nobody is there is noticed when the network says so', async (t) => {
  const socket = await receiver();
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  const { opened, broke } = dial('127.0.0.1', port);
  const link = await opened;
  await send(link, ['lost']);
  t.match(await broke, { code: 'ECONNREFUSED' });
  link.close();
  t.match(await send(link, ['too late']), [/not running/i, 0]);
  link.sendNow(['too late']);
});

t.test('a host that does not exist', async (t) => {
  t.match(await dial('nowhere.invalid', 514).broke, { syscall: 'getaddrinfo' });
});

t.test('given up before the name is found', async (t) => {
  const socket = await receiver();
  t.teardown(() => socket.close());
  const { giveUp, opened } = dial('127.0.0.1', socket.address().port);
  giveUp();
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(await Promise.race([opened, Promise.resolve('nothing')]), 'nothing');
});
