import { once } from 'node:events';
import type { Socket } from 'node:net';

import t from 'tap';

import { listen, serveForward } from './stage.ts';

t.test('passes on the end of each side by itself', async (t) => {
  const { promise: accepted, resolve } = Promise.withResolvers<Socket>();
  const served = await serveForward(t, { to: await listen(t, resolve) });
  const { peer, ended } = await served.connect();
  const socket = await accepted;
  socket.end('greeting');
  t.equal((await peer.rest()).toString(), 'greeting', 'the target has ended');
  await peer.write('still here');
  peer.end();
  t.equal(Buffer.concat(await socket.toArray()).toString(), 'still here', 'and hears the peer to its end');
  t.equal(await ended, 'end');
});

t.test('does not read faster than the other side takes', async (t) => {
  const { promise: accepted, resolve } = Promise.withResolvers<Socket>();
  const served = await serveForward(t, { to: await listen(t, (socket) => resolve(socket.pause())) });
  const { peer, session, ended } = await served.connect();
  const socket = await accepted;
  const sent = 32 << 20;
  const written = peer.write(Buffer.alloc(sent, 'x'));
  await new Promise((paused) => {
    session.stream.once('pause', paused);
  });
  t.ok(session.stream.bytesRead < sent, 'most of it stays with the peer');
  peer.end();
  let received = 0;
  for await (const chunk of socket) received += (chunk as Buffer).length;
  t.equal(received, sent);
  socket.end();
  await Promise.all([written, ended]);
});

t.test('gives the target up when the peer is gone, and the peer when the target is', async (t) => {
  const sockets: Socket[] = [];
  const { promise: first, resolve: onFirst } = Promise.withResolvers<void>();
  const to = await listen(t, (socket) => {
    sockets.push(socket.on('error', () => {}).resume());
    onFirst();
  });
  const served = await serveForward(t, { to });
  const one = await served.connect();
  await first;
  await one.peer.write('x');
  one.peer.reset();
  await one.ended;
  await new Promise((closed) => {
    sockets[0]!.once('close', closed);
  });

  const two = await served.connect();
  await two.peer.write('x');
  while (sockets[1] === undefined) await new Promise(setImmediate);
  sockets[1].resetAndDestroy();
  await two.peer.rest().catch(() => {});
  t.equal(await two.ended, 'error');
  t.match(served.failures, [{ message: 'the target was lost: read ECONNRESET' }]);
});

t.test('leaves the target when the session is over', async (t) => {
  const { promise: accepted, resolve } = Promise.withResolvers<Socket>();
  const served = await serveForward(t, { to: await listen(t, resolve) });
  const { peer, session, ended } = await served.connect();
  await peer.write('the first half');
  const socket = await accepted;
  await once(socket, 'data');
  session.abort('kick');
  await t.rejects(once(socket, 'end'), { code: 'ECONNRESET' }, 'not as if the peer had come to its end');
  await peer.rest();
  peer.end();
  t.equal(await ended, 'kick');
});
