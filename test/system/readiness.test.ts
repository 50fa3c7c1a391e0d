import dgram from 'node:dgram';
import { closeSync, readSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import t from 'tap';

import { descriptorPair, sendDescriptor } from '../../src/system/descriptors.ts';
import { libc } from '../../src/system/libc.ts';
import { watchReadable } from '../../src/system/readiness.ts';
import { bindDatagram, listenOn, localAddress } from '../../src/system/sockets.ts';
import { flagsOf } from './descriptor-flags.ts';
import { shortFolder } from './short-folder.ts';

const options = { skip: libc === null ? 'no node:ffi' : false };
const never = new AbortController().signal;
const asynchronous = 0o20000;

t.test('says what is missing without node:ffi', { skip: libc !== null }, (t) => {
  t.throws(() => watchReadable(0, never), { message: /needs node:ffi/ });
  t.end();
});

// First, because a late SIGIO of another test would have the same effect.
t.test('another process that takes the socket over does not make us deaf', options, async (t) => {
  const fd = bindDatagram({ host: '127.0.0.1', port: 0 });
  const readable = watchReadable(fd, never);
  // F_SETOWN, as that process would do it: from here on SIGIO goes to it (here: to nobody).
  libc!.fcntl(fd, 8, 0);
  const sender = dgram.createSocket('udp4');
  sender.send('x', localAddress(fd).port, '127.0.0.1');
  await readable;
  t.pass('found by the look now and then');
  sender.close();
  closeSync(fd);
});

t.test('a listening TCP socket becomes readable by a connection', options, async (t) => {
  const bound = new net.BoundSocket({ host: '127.0.0.1', port: 0 });
  listenOn(bound.fd(), 5);
  const readable = watchReadable(bound.fd(), never);
  t.equal(flagsOf(bound.fd()) & asynchronous, asynchronous);
  const peer = net.connect(bound.address().port, '127.0.0.1');
  await readable;
  t.equal(flagsOf(bound.fd()) & asynchronous, 0, 'nothing is left switched on');
  await watchReadable(bound.fd(), never);
  t.pass('and stays so until somebody accepts');
  peer.destroy();
  bound.close();
});

t.test('a listening unix socket as well', options, async (t) => {
  const path = join(shortFolder(t), 'socket');
  const bound = new net.BoundSocket({ path } as object);
  listenOn(bound.fd(), 5);
  const readable = watchReadable(bound.fd(), never);
  const peer = net.connect(path);
  await readable;
  peer.destroy();
  bound.close();
});

t.test('a UDP socket by a datagram, which is left in it', options, async (t) => {
  const fd = bindDatagram({ host: '127.0.0.1', port: 0 });
  const sender = dgram.createSocket('udp4');
  const readable = watchReadable(fd, never);
  sender.send('hello', localAddress(fd).port, '127.0.0.1');
  await readable;
  const bytes = Buffer.alloc(10);
  t.equal(readSync(fd, bytes), 5);
  const again = watchReadable(fd, never);
  sender.send('again', localAddress(fd).port, '127.0.0.1');
  await again;
  t.equal(readSync(fd, bytes), 5);
  sender.close();
  closeSync(fd);
});

t.test('each of many watchers is told of its own', options, async (t) => {
  const sockets = Array.from({ length: 20 }, () => bindDatagram({ host: '127.0.0.1', port: 0 }));
  const told: number[] = [];
  const all = sockets.map((fd, i) => watchReadable(fd, never).then(() => told.push(i)));
  const sender = dgram.createSocket('udp4');
  const tell = (i: number): Promise<unknown> => {
    sender.send('x', localAddress(sockets[i]!).port, '127.0.0.1');
    return all[i]!;
  };
  await tell(7);
  t.strictSame(told, [7]);
  for (let i = 0; i < 20; i++) await tell(i);
  t.strictSame(
    told.toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i),
  );
  sender.close();
  for (const fd of sockets) closeSync(fd);
});

t.test('rejects with the reason, at once when it is aborted already', options, async (t) => {
  const fd = bindDatagram({ host: '127.0.0.1', port: 0 });
  const abort = new AbortController();
  const readable = watchReadable(fd, abort.signal);
  abort.abort(new Error('the worker ends'));
  await t.rejects(readable, { message: 'the worker ends' });
  t.equal(flagsOf(fd) & asynchronous, 0);
  await t.rejects(watchReadable(fd, abort.signal), { message: 'the worker ends' });
  t.equal(flagsOf(fd) & asynchronous, 0);
  closeSync(fd);
  await t.rejects(watchReadable(fd, never), { code: 'EBADF' });
});

t.test('one of two on the same socket may go', options, async (t) => {
  const [here, there] = descriptorPair();
  const abort = new AbortController();
  const first = watchReadable(there, abort.signal);
  const second = watchReadable(there, never);
  abort.abort(new Error('gone'));
  await t.rejects(first, { message: 'gone' });
  sendDescriptor(here, 0, 'x');
  await second;
  closeSync(here);
  closeSync(there);
});

t.test('the end of the other side is something to read', options, async () => {
  const [here, there] = descriptorPair();
  const readable = watchReadable(there, never);
  closeSync(here);
  await readable;
  closeSync(there);
});

t.test('one listener for SIGIO serves all', options, (t) => {
  t.equal(process.listenerCount('SIGIO'), 1);
  t.end();
});
