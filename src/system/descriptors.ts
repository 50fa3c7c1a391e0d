import os from 'node:os';

import { linux } from './constants.ts';
import type { Libc } from './libc.ts';
import { checked, needLibc } from './system-error.ts';

// Descriptors go to another process as ancillary data (unix(7), SCM_RIGHTS), one with each packet.

export const maxTextBytes = 4096;

/** Two connected unix sockets that keep the bounds of packets; non-blocking, closed on exec. */
export function descriptorPair(): [number, number] {
  return pair(linux.SOCK_SEQPACKET);
}

/** Two connected unix stream sockets; non-blocking, closed on exec. */
export function streamPair(): [number, number] {
  return pair(linux.SOCK_STREAM);
}

/** Throws with code EAGAIN when the other side has too much to read already, EPIPE when it is gone. */
export function sendDescriptor(socketFd: number, fd: number, text: string): void {
  const c = needLibc('passing a descriptor');
  const bytes = Buffer.from(text);
  if (bytes.length > maxTextBytes)
    throw new RangeError(`text of ${bytes.length} bytes: expected at most ${maxTextBytes}`);
  const message = messageOf(c, bytes);
  message.control.setBigUint64(0, 20n, true);
  message.control.setInt32(8, linux.SOL_SOCKET, true);
  message.control.setInt32(12, linux.SCM_RIGHTS, true);
  message.control.setInt32(16, fd, true);
  const flags = linux.MSG_NOSIGNAL | linux.MSG_DONTWAIT;
  checked(c, Number(c.sendmsg(socketFd, message.header, flags)), 'pass a descriptor');
  message.keep();
}

/** null when nothing waits. The descriptor is closed on exec. Throws with code EPIPE when the other side is gone. */
export function receiveDescriptor(socketFd: number): { fd: number; text: string } | null {
  const c = needLibc('taking a descriptor');
  const bytes = Buffer.alloc(maxTextBytes);
  const message = messageOf(c, bytes);
  const flags = linux.MSG_CMSG_CLOEXEC | linux.MSG_DONTWAIT;
  const length = Number(c.recvmsg(socketFd, message.header, flags));
  if (length === -1) {
    const errno = c.errno();
    if (errno === os.constants.errno.EAGAIN) return null;
    checked(c, length, 'take a descriptor');
  }
  message.keep();
  const truncated = (message.header.getInt32(48, true) & linux.MSG_CTRUNC) !== 0;
  const hasRights = message.header.getBigUint64(40, true) >= 20n;
  if (hasRights) return { fd: message.control.getInt32(16, true), text: bytes.toString('utf8', 0, length) };
  if (truncated) throw new Error('take a descriptor: it was lost, too many files are open');
  if (length === 0)
    throw Object.assign(new Error('take a descriptor: the other side is gone (EPIPE)'), { code: 'EPIPE' });
  throw new Error('take a descriptor: a message came without one');
}

function pair(type: number): [number, number] {
  const c = needLibc('making a socket pair');
  const fds = new Int32Array(2);
  const flags = linux.SOCK_CLOEXEC | linux.SOCK_NONBLOCK;
  checked(c, c.socketpair(linux.AF_UNIX, type | flags, 0, fds), 'make a socket pair');
  return [fds[0]!, fds[1]!];
}

/** struct msghdr around one struct iovec and room for one descriptor: the 64-bit layout of glibc and musl. */
function messageOf(c: Libc, bytes: Uint8Array) {
  const control = new DataView(new ArrayBuffer(24));
  const vector = new BigUint64Array([c.addressOf(bytes), BigInt(bytes.length)]);
  const header = new DataView(new ArrayBuffer(56));
  header.setBigUint64(16, c.addressOf(vector), true);
  header.setBigUint64(24, 1n, true);
  header.setBigUint64(32, c.addressOf(control), true);
  header.setBigUint64(40, BigInt(control.byteLength), true);
  return {
    header,
    control,
    /** Called after the system call: what the header points at stays reachable until then. */
    keep: (): number => bytes.length + vector.length + control.byteLength,
  };
}
