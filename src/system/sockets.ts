import { closeSync } from 'node:fs';

import type { Endpoint } from '../contract/endpoint.ts';
import { linux } from './constants.ts';
import { libc } from './libc.ts';
import { decodeAddress, encodeAddress, maxAddressBytes } from './socket-address.ts';
import { checked, needLibc, systemError } from './system-error.ts';

/** False: UDP sockets cannot be bound without reading from them, so each worker binds for itself. */
export const canBindDatagram: boolean = libc !== null;

export interface DatagramAddress {
  /** An IP address. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly reuseAddress?: boolean | undefined;
}

/** A bound UDP socket that nobody reads yet. IPv6 sockets take IPv6 only. Errors carry `code`, such as EADDRINUSE. */
export function bindDatagram({ host, port, reuseAddress = false }: DatagramAddress): number {
  const c = needLibc('binding a UDP socket');
  const what = `bind ${host.includes(':') ? `[${host}]` : host}:${port}`;
  const address = encodeAddress(c, host, port);
  if (address === null) throw new Error(`${what}: expected an IP address`);
  const type = linux.SOCK_DGRAM | linux.SOCK_CLOEXEC | linux.SOCK_NONBLOCK;
  const fd = checked(c, c.socket(address.family, type, 0), what);
  try {
    if (address.family === linux.AF_INET6) setOption(fd, linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, 1, what);
    if (reuseAddress) setOption(fd, linux.SOL_SOCKET, linux.SO_REUSEADDR, 1, what);
    checked(c, c.bind(fd, address.bytes, address.bytes.length), what);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

export function listenOn(fd: number, backlog: number): void {
  const c = needLibc('listening on an inherited socket');
  checked(c, c.listen(fd, backlog), 'listen');
}

export function localAddress(fd: number): Endpoint {
  const c = needLibc("reading a socket's address");
  const address = new Uint8Array(new ArrayBuffer(maxAddressBytes));
  const length = new Uint32Array([address.length]);
  checked(c, c.getsockname(fd, address, length), 'getsockname');
  return decodeAddress(c, address.subarray(0, length[0]));
}

/** null for what is no socket, or a socket of another kind. */
export function descriptorKind(fd: number): 'stream' | 'datagram' | null {
  const c = needLibc("telling a socket's kind");
  const value = new Int32Array(1);
  if (c.getsockopt(fd, linux.SOL_SOCKET, linux.SO_TYPE, value, new Uint32Array([4])) === -1) {
    const error = systemError('getsockopt', c.errno());
    if (error.code === 'ENOTSOCK') return null;
    throw error;
  }
  if (value[0] === linux.SOCK_STREAM) return 'stream';
  return value[0] === linux.SOCK_DGRAM ? 'datagram' : null;
}

/** A second descriptor of the same file, closed on exec. */
export function duplicate(fd: number): number {
  const c = needLibc('duplicating a descriptor');
  return checked(c, c.fcntl(fd, linux.F_DUPFD_CLOEXEC, 3), 'duplicate a descriptor');
}

export function setCloseOnExec(fd: number, on: boolean): void {
  const c = needLibc('changing close-on-exec');
  checked(c, c.fcntl(fd, linux.F_SETFD, on ? linux.FD_CLOEXEC : 0), 'change close-on-exec');
}

/** As programs expect their descriptors. Everyone who shares the open file sees the change. */
export function setBlocking(fd: number): void {
  changeFlags(fd, linux.O_NONBLOCK, 0);
}

export function setNonBlocking(fd: number): void {
  changeFlags(fd, linux.O_NONBLOCK, linux.O_NONBLOCK);
}

/** The kernel doubles the number, and keeps to net.core.rmem_max. */
export function setReceiveBuffer(fd: number, bytes: number): void {
  setOption(fd, linux.SOL_SOCKET, linux.SO_RCVBUF, bytes, 'set the receive buffer');
}

/** Who connected a unix socket; null for other sockets. */
export function peerCredentials(fd: number): { pid: number; uid: number; gid: number } | null {
  const c = needLibc("reading the peer's credentials");
  const value = new Int32Array(3);
  checked(
    c,
    c.getsockopt(fd, linux.SOL_SOCKET, linux.SO_PEERCRED, value, new Uint32Array([12])),
    "read the peer's credentials",
  );
  const [pid = 0, uid = -1, gid = -1] = value;
  // A peer in another pid namespace has pid 0; a socket of another family has no owner.
  return uid === -1 ? null : { pid, uid: uid >>> 0, gid: gid >>> 0 };
}

/** Sets those flags of `mask` that are in `flags` and clears the others. */
export function changeFlags(fd: number, mask: number, flags: number): void {
  const c = needLibc("changing a descriptor's flags");
  const before = checked(c, c.fcntl(fd, linux.F_GETFL, 0), "read a descriptor's flags");
  const after = (before & ~mask) | flags;
  if (after !== before) checked(c, c.fcntl(fd, linux.F_SETFL, after), "change a descriptor's flags");
}

function setOption(fd: number, level: number, option: number, value: number, what: string): void {
  const c = needLibc('setting a socket option');
  checked(c, c.setsockopt(fd, level, option, new Int32Array([value]), 4), what);
}
