import dgram from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import t from 'tap';

import { libc } from '../../src/system/libc.ts';
import {
  bindDatagram,
  canBindDatagram,
  descriptorKind,
  duplicate,
  listenOn,
  localAddress,
  peerCredentials,
  setBlocking,
  setCloseOnExec,
  setNonBlocking,
  setReceiveBuffer,
} from '../../src/system/sockets.ts';
import { flagsOf } from './descriptor-flags.ts';
import { shortFolder } from './short-folder.ts';

const options = { skip: libc === null ? 'no node:ffi' : false };

if (libc !== null)
  t.spawn(
    process.execPath,
    [import.meta.filename],
    { env: { ...process.env, PORTICO_NO_FFI: '1' } },
    'without node:ffi',
  );

t.test('says what cannot be done without node:ffi', { skip: libc !== null }, (t) => {
  t.equal(canBindDatagram, false);
  t.throws(() => bindDatagram({ host: '127.0.0.1', port: 0 }), /^binding a UDP socket needs node:ffi/);
  t.throws(() => duplicate(0), { message: /node:ffi/ });
  t.throws(() => setBlocking(0), { message: /node:ffi/ });
  t.end();
});

t.test('binds a UDP socket that another socket of Node can adopt', options, async (t) => {
  const fd = bindDatagram({ host: '127.0.0.1', port: 0 });
  const local = localAddress(fd);
  t.match(local, { address: '127.0.0.1', family: 'IPv4', port: Number });
  t.equal(flagsOf(fd) & 0o2004000, 0o2004000, 'closed on exec, non-blocking');
  const socket = dgram.createSocket('udp4');
  socket.bind({ fd, exclusive: true });
  socket.send('hello', local.port, '127.0.0.1');
  const [message] = (await once(socket, 'message')) as [Buffer];
  t.equal(message.toString(), 'hello');
  socket.close();
});

t.test('an IPv6 socket leaves the IPv4 port free', options, (t) => {
  const six = bindDatagram({ host: '::', port: 0 });
  const { port, address, family } = localAddress(six);
  t.strictSame([address, family], ['::', 'IPv6']);
  const four = bindDatagram({ host: '0.0.0.0', port });
  t.equal(localAddress(four).port, port);
  closeSync(four);
  closeSync(six);
  t.end();
});

t.test('says which address is in use', options, (t) => {
  const fd = bindDatagram({ host: '127.0.0.1', port: 0 });
  const { port } = localAddress(fd);
  t.throws(() => bindDatagram({ host: '127.0.0.1', port }), {
    code: 'EADDRINUSE',
    message: `bind 127.0.0.1:${port}: address already in use (EADDRINUSE)`,
  });
  closeSync(fd);
  t.throws(() => bindDatagram({ host: '192.0.2.1', port: 0 }), { code: 'EADDRNOTAVAIL' });
  t.throws(() => bindDatagram({ host: 'localhost', port: 0 }), { message: 'bind localhost:0: expected an IP address' });
  t.throws(() => bindDatagram({ host: '::1::', port: 7 }), { message: 'bind [::1::]:7: expected an IP address' });
  t.end();
});

t.test('two sockets share an address when both are to', options, (t) => {
  const first = bindDatagram({ host: '127.0.0.1', port: 0, reuseAddress: true });
  const { port } = localAddress(first);
  const second = bindDatagram({ host: '127.0.0.1', port, reuseAddress: true });
  t.equal(localAddress(second).port, port);
  closeSync(first);
  closeSync(second);
  t.end();
});

t.test('tells stream from datagram from neither', options, async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fd = bindDatagram({ host: '127.0.0.1', port: 0 });
  const file = openSync('/dev/null', 'r');
  t.equal(descriptorKind(descriptorOf(server)), 'stream');
  t.equal(descriptorKind(fd), 'datagram');
  t.equal(descriptorKind(file), null);
  t.throws(() => descriptorKind(9999), { code: 'EBADF' });
  closeSync(fd);
  closeSync(file);
  server.close();
});

t.test('makes a bound socket listen', options, async () => {
  const bound = new net.BoundSocket({ host: '127.0.0.1', port: 0 });
  listenOn(bound.fd(), 5);
  const socket = net.connect(bound.address().port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  bound.close();
});

t.test('names unix sockets by their path, and the nameless by nothing', options, async (t) => {
  const path = join(shortFolder(t), 'socket');
  const server = net.createServer().listen(path);
  await once(server, 'listening');
  t.strictSame(localAddress(descriptorOf(server)), { address: path, port: 0, family: 'unix' });
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  const peer = net.connect(path);
  const [socket] = await accepted;
  t.strictSame(localAddress(descriptorOf(peer)), { address: '', port: 0, family: 'unix' });
  const expected = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() };
  t.strictSame(peerCredentials(descriptorOf(socket)), expected);
  peer.destroy();
  socket.destroy();
  server.close();
});

t.test('there are no credentials over TCP', options, async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.equal(peerCredentials(descriptorOf(server)), null);
  server.close();
});

t.test('duplicates a descriptor and changes its flags', options, (t) => {
  const fd = openSync('/dev/null', 'r');
  const copy = duplicate(fd);
  t.not(copy, fd);
  t.equal(readlinkSync(`/proc/self/fd/${copy}`), '/dev/null');
  t.equal(flagsOf(copy) & 0o2000000, 0o2000000, 'closed on exec');
  setCloseOnExec(copy, false);
  t.equal(flagsOf(copy) & 0o2000000, 0);
  setCloseOnExec(copy, true);
  t.equal(flagsOf(copy) & 0o2000000, 0o2000000);
  setNonBlocking(copy);
  t.equal(flagsOf(copy) & 0o4000, 0o4000);
  setBlocking(copy);
  t.equal(flagsOf(copy) & 0o4000, 0);
  closeSync(copy);
  closeSync(fd);
  t.throws(() => duplicate(9999), { code: 'EBADF', message: 'duplicate a descriptor: bad file descriptor (EBADF)' });
  t.end();
});

t.test('sets the receive buffer', options, (t) => {
  const fd = bindDatagram({ host: '127.0.0.1', port: 0 });
  setReceiveBuffer(fd, 65_536);
  const adopted = dgram.createSocket('udp4');
  adopted.bind({ fd, exclusive: true });
  t.equal(adopted.getRecvBufferSize(), 131_072, 'the kernel doubles it');
  adopted.close();
  t.end();
});

function descriptorOf(handle: net.Server | net.Socket): number {
  return (handle as unknown as { _handle: { fd: number } })._handle.fd;
}
