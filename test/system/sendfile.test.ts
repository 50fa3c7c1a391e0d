import { once } from 'node:events';
import fs from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';

import t, { type Test } from 'tap';

import { libc } from '../../src/system/libc.ts';
import { sendFile, type FileTarget } from '../../src/system/sendfile.ts';
import { dial, type Peer } from '../support/dial.ts';

/** Two ends of a connection, and how many bytes went past the stream. */
async function connect(t: Test): Promise<{ socket: Socket; peer: Peer; target: FileTarget; past: () => number }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arrival = once(server, 'connection');
  const peer = await dial((server.address() as AddressInfo).port);
  const [socket] = (await arrival) as [Socket];
  socket.on('error', () => {});
  t.teardown(() => {
    socket.destroy();
    peer.socket.destroy();
    server.close();
  });
  let past = 0;
  const target: FileTarget = {
    socket,
    descriptor: () => (socket as unknown as { _handle: { fd: number } | null })._handle?.fd ?? null,
    sent: (bytes) => void (past += bytes),
  };
  return { socket, peer, target, past: () => past };
}

function fileOf(t: Test, content: Buffer): number {
  const path = join(t.testdir({}), 'file');
  fs.writeFileSync(path, content);
  const fd = fs.openSync(path, 'r');
  t.teardown(() => fs.closeSync(fd));
  return fd;
}

const content = Buffer.alloc(8_000_000, 'All that is in the file. ');

t.test('sends all of a file, and a part of it, behind what was written before', async (t) => {
  const { socket, peer, target, past } = await connect(t);
  const fd = fileOf(t, content);
  socket.write('before ');
  const sent = sendFile(target, { fd, offset: 0, length: content.length })
    .then(() => sendFile(target, { fd, offset: 5, length: 7 }))
    .then(() => sendFile(target, { fd, offset: 0, length: 0 }))
    .then(() => socket.end(' behind'));
  const all = await peer.rest();
  await sent;
  t.ok(all.equals(Buffer.concat([Buffer.from('before '), content, content.subarray(5, 12), Buffer.from(' behind')])));
  t.equal(past() > 0, libc !== null, 'past the stream');
  t.equal(past() + socket.bytesWritten, all.length, 'and counted');
});

t.test('waits for a peer that does not read', async (t) => {
  const { peer, target, socket } = await connect(t);
  const fd = fileOf(t, Buffer.alloc(30_000_000, 'x'));
  let isSent = false;
  const sent = sendFile(target, { fd, offset: 0, length: 30_000_000 }).then(() => (isSent = true));
  while (socket.writableLength === 0) await new Promise((resolve) => setImmediate(resolve));
  t.equal(isSent, false);
  t.ok(socket.writableLength <= 65_536, 'and keeps little of it in memory');
  t.equal((await peer.bytes(30_000_000)).length, 30_000_000);
  await sent;
});

t.test('copies where the descriptor cannot be had', async (t) => {
  const { peer, target, past, socket } = await connect(t);
  const fd = fileOf(t, content);
  const sent = sendFile({ ...target, descriptor: () => null }, { fd, offset: 3, length: content.length - 3 });
  void sent.then(() => socket.end());
  t.ok((await peer.rest()).equals(content.subarray(3)));
  await sent;
  t.equal(past(), 0);
});

t.test('copies what the system cannot send that way', async (t) => {
  const { peer, target, socket } = await connect(t);
  const fd = fs.openSync('/proc/self/status', 'r');
  t.teardown(() => fs.closeSync(fd));
  await sendFile(target, { fd, offset: 0, length: 5 });
  socket.end();
  t.equal((await peer.rest()).toString(), 'Name:');
});

t.test('says that a file is shorter than it was', async (t) => {
  for (const isDirect of [true, false]) {
    const { target } = await connect(t);
    const fd = fileOf(t, Buffer.from('short'));
    const way = isDirect ? target : { ...target, descriptor: () => null };
    await t.rejects(sendFile(way, { fd, offset: 0, length: 6 }), { message: 'send a file: it has become shorter' });
  }
});

t.test('says that the connection is lost', async (t) => {
  for (const isDirect of [true, false]) {
    const { target, peer, socket } = await connect(t);
    const fd = fileOf(t, content);
    const way = isDirect ? target : { ...target, descriptor: () => null };
    const sent = sendFile(way, { fd, offset: 0, length: content.length });
    peer.reset();
    await t.rejects(sent, { code: /^(ECONNRESET|EPIPE|ERR_STREAM_DESTROYED)$/ });
    socket.destroy();
    await t.rejects(sendFile(way, { fd, offset: 0, length: 10 }), { code: 'ERR_STREAM_DESTROYED' });
  }
});
