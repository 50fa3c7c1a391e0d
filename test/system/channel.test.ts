import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { createChannel, type Channel } from '../../src/system/channel.ts';
import { shortFolder } from './short-folder.ts';

async function socketPair(t: Test): Promise<[net.Socket, net.Socket]> {
  const server = net.createServer().listen(join(shortFolder(t), 'socket'));
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  const here = net.connect(server.address() as string);
  const [there] = await accepted;
  server.close();
  t.teardown(() => {
    here.destroy();
    there.destroy();
  });
  return [here, there];
}

/** A channel, what it was told, and promises for the next message and the end. */
function listenTo(socket: net.Socket) {
  const heard: unknown[] = [];
  const closed = Promise.withResolvers<void>();
  let next = Promise.withResolvers<void>();
  let closes = 0;
  const channel: Channel<unknown> = createChannel<unknown, unknown>(socket, {
    message(message) {
      heard.push(message);
      next.resolve();
      next = Promise.withResolvers();
    },
    close() {
      closes++;
      closed.resolve();
    },
  });
  return { channel, heard, closed: closed.promise, closes: () => closes, next: () => next.promise };
}

t.test('messages go both ways, in order', async (t) => {
  const [one, two] = (await socketPair(t)).map(listenTo) as [ReturnType<typeof listenTo>, ReturnType<typeof listenTo>];
  one.channel.send({ type: 'ping', text: 'line\nbreak' });
  one.channel.send({ type: 'stop' });
  while (two.heard.length < 2) await two.next();
  t.strictSame(two.heard, [{ type: 'ping', text: 'line\nbreak' }, { type: 'stop' }]);
  two.channel.send({ type: 'pong' });
  await one.next();
  t.strictSame(one.heard, [{ type: 'pong' }]);
});

t.test('what was sent before closing arrives, and both sides learn of the end once', async (t) => {
  const [one, two] = (await socketPair(t)).map(listenTo) as [ReturnType<typeof listenTo>, ReturnType<typeof listenTo>];
  one.channel.send('x'.repeat(1_000_000));
  one.channel.close();
  one.channel.send('too late');
  await Promise.all([one.closed, two.closed]);
  t.strictSame(two.heard, ['x'.repeat(1_000_000)]);
  two.channel.send('to nobody');
  one.channel.close();
  t.strictSame([one.closes(), two.closes()], [1, 1]);
});

t.test('whoever goes on with the socket begins with what has come of a message', async (t) => {
  const [raw, socket] = await socketPair(t);
  const before = listenTo(socket);
  raw.write('{"whole":1}\n{"ha');
  await before.next();
  t.equal(before.channel.rest().toString(), '{"ha');
  raw.write('lf":2');
  while (before.channel.rest().length < 9) await once(socket, 'data');
  t.equal(before.channel.rest().toString(), '{"half":2');

  const [other, same] = await socketPair(t);
  const heard: unknown[] = [];
  const next = new Promise<void>((resolve) => {
    const on = { message: (message: unknown) => resolve(void heard.push(message)), close: () => {} };
    const after = createChannel<unknown, unknown>(same, on, before.channel.rest());
    t.equal(after.rest().toString(), '{"half":2');
  });
  other.write('}\n');
  await next;
  t.strictSame(heard, [{ half: 2 }]);
});

t.test('tells when the system has all that was sent', async (t) => {
  const [raw, socket] = await socketPair(t);
  const { channel } = listenTo(socket);
  await channel.flushed();
  raw.pause();
  channel.send('x'.repeat(2_000_000));
  const flushed = channel.flushed();
  t.ok(socket.writableLength > 0, 'more than the system takes');
  raw.on('error', () => {}).resume();
  await flushed;
  t.equal(socket.writableLength, 0);
  channel.close();
  await channel.flushed();
});

t.test('last words are heard, also by who is about to say something itself', async (t) => {
  const [one, two] = (await socketPair(t)).map(listenTo) as [ReturnType<typeof listenTo>, ReturnType<typeof listenTo>];
  one.channel.send('x'.repeat(1_000_000));
  one.channel.send('farewell');
  const ended = one.channel.end();
  two.channel.send('are you there?');
  one.channel.send('too late');
  await ended;
  await two.closed;
  t.strictSame(two.heard, ['x'.repeat(1_000_000), 'farewell']);
  t.strictSame(one.heard, []);
  t.strictSame([one.closes(), two.closes()], [1, 1]);
  await one.channel.end();
});

t.test('a broken line closes, and nothing after it is heard', async (t) => {
  const [raw, socket] = await socketPair(t);
  const channel = listenTo(socket);
  raw.on('error', () => {});
  raw.write('{"fine":1}\n{"broken\n{"fine":2}\n');
  await channel.closed;
  t.strictSame(channel.heard, [{ fine: 1 }]);
});

t.test('a reader that does not keep up is given up', async (t) => {
  const [raw, socket] = await socketPair(t);
  raw.on('error', () => {}).pause();
  const channel = listenTo(socket);
  const megabyte = 'x'.repeat(1024 * 1024 - 3);
  for (let i = 0; i < 63; i++) channel.channel.send(megabyte);
  t.equal(socket.destroyed, false);
  for (let i = 0; i < 3; i++) channel.channel.send(megabyte);
  t.equal(socket.destroyed, true);
  await channel.closed;
});

t.test('closing from within a message stops the ones behind it', async (t) => {
  const [raw, socket] = await socketPair(t);
  raw.on('error', () => {});
  const heard: unknown[] = [];
  const closed = Promise.withResolvers<void>();
  const channel = createChannel<unknown, unknown>(socket, {
    message(message) {
      heard.push(message);
      channel.close();
    },
    close: closed.resolve,
  });
  raw.write('1\n2\n3\n');
  await closed.promise;
  t.strictSame(heard, [1]);
});
