import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import t, { type Test } from 'tap';

import { receiveEarly } from '../../src/listeners/data-receive-early.ts';
import { descriptorOf } from '../../src/listeners/socket-handle.ts';
import { libc } from '../../src/system/libc.ts';
import { dial, type Peer } from '../support/dial.ts';

const c = libc;
const skip = c === null ? 'no node:ffi' : false;
const never = new AbortController().signal;

interface Stage {
  readonly socket: Socket;
  readonly far: Peer;
  readonly taken: string[];
  readonly counted: () => number;
  receive(more?: { take?: (chunk: Buffer) => Promise<void>; signal?: AbortSignal }): Promise<boolean>;
}

async function stage(t: Test): Promise<Stage> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arrival = once(server, 'connection');
  const far = await dial((server.address() as AddressInfo).port);
  const [socket] = (await arrival) as [Socket];
  socket.on('error', () => {});
  t.teardown(() => {
    socket.destroy();
    far.socket.destroy();
    server.close();
  });
  const taken: string[] = [];
  let counted = 0;
  return {
    socket,
    far,
    taken,
    counted: () => counted,
    receive: ({ take = async (chunk: Buffer) => void taken.push(chunk.toString()), signal = never } = {}) =>
      receiveEarly(socket, c as NonNullable<typeof c>, {
        fd: descriptorOf(socket) ?? -1,
        buffer: Buffer.alloc(64 * 1024),
        take,
        signal,
        received: (bytes) => void (counted += bytes),
      }),
  };
}

t.test('takes what is there, to its end', { skip }, async (t) => {
  const { far, taken, counted, receive, socket } = await stage(t);
  await far.write('all of it');
  far.end();
  await once(far.socket, 'finish');
  t.equal(await receive(), true);
  t.equal(taken.join(''), 'all of it');
  t.equal(counted(), 9);
  t.equal(socket.bytesRead, 0, 'past the stream');
});

t.test('takes an end with nothing before it', { skip }, async (t) => {
  const { far, taken, receive } = await stage(t);
  far.end();
  await once(far.socket, 'finish');
  t.equal(await receive(), true);
  t.same(taken, []);
});

t.test('does not wait for what does not come, and leaves what comes later to others', { skip }, async (t) => {
  const { far, taken, receive, socket } = await stage(t);
  await far.write('a beginning');
  t.equal(await receive(), false);
  t.equal(taken.join(''), 'a beginning');
  await far.write(' and more');
  const [later] = (await once(socket.resume(), 'data')) as [Buffer];
  t.equal(later.toString(), ' and more');
});

t.test('of what does not end it takes 256 KB and a chunk at the most', { skip }, async (t) => {
  const { far, counted, receive, socket } = await stage(t);
  const sent = far.write(Buffer.alloc(2_000_000));
  // As much as the kernel holds is there before the first look.
  for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  t.equal(await receive(), false);
  t.ok(counted() < 262_144 + 65_536);
  socket.resume();
  await sent;
});

t.test('a reset is an error, and no end', { skip }, async (t) => {
  const { far, receive, socket } = await stage(t);
  await far.write('half');
  far.reset();
  await once(far.socket, 'close');
  await t.rejects(
    async () => {
      await receive();
      await receive();
    },
    { code: 'ECONNRESET' },
  );
  socket.destroy();
  t.equal(await receive(), false, 'a closed one is not read');
});

t.test('what goes wrong with a chunk, or a signal, ends it', { skip }, async (t) => {
  const { far, receive } = await stage(t);
  const controller = new AbortController();
  await far.write('a');
  await t.rejects(receive({ take: () => Promise.reject(new Error('no room')) }), { message: 'no room' });
  await far.write('b');
  const take = async (): Promise<void> => controller.abort(new Error('given up'));
  await t.rejects(receive({ take, signal: controller.signal }), { message: 'given up' });
});
