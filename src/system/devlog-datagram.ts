import { closeSync } from 'node:fs';
import os from 'node:os';

import { linux } from './constants.ts';
import type { Libc } from './libc.ts';
import { encodeUnixAddress } from './socket-address.ts';

export interface DatagramLog {
  /** 'stream': what listens there wants a connection. */
  send(bytes: Uint8Array): 'sent' | 'full' | 'down' | 'stream';
  close(): void;
}

export function openDatagramLog(c: Libc, path: string): DatagramLog {
  const address = encodeUnixAddress(path);
  let fd = -1;

  return {
    send(bytes) {
      const error = trySend(bytes);
      // The log daemon was started anew, which leaves the old connection dead: once more with a new one.
      const outcome = error === 0 || isFull(error) || error === wrongType ? error : trySend(bytes);
      if (outcome === 0) return 'sent';
      if (isFull(outcome)) return 'full';
      return outcome === wrongType ? 'stream' : 'down';
    },
    close,
  };

  /** 0, or the error number; then the socket is closed, unless it is only full. */
  function trySend(bytes: Uint8Array): number {
    const error = connect() || transmit(bytes);
    if (error !== 0 && !isFull(error)) close();
    return error;
  }

  function connect(): number {
    if (fd !== -1) return 0;
    fd = c.socket(linux.AF_UNIX, linux.SOCK_DGRAM | linux.SOCK_CLOEXEC | linux.SOCK_NONBLOCK, 0);
    if (fd === -1) return c.errno();
    return c.connect(fd, address, address.length) === 0 ? 0 : c.errno();
  }

  function transmit(bytes: Uint8Array): number {
    return c.send(fd, bytes, BigInt(bytes.length), linux.MSG_NOSIGNAL) === -1n ? c.errno() : 0;
  }

  function close(): void {
    if (fd !== -1) closeSync(fd);
    fd = -1;
  }
}

const wrongType = os.constants.errno.EPROTOTYPE;

/** EMSGSIZE, because a message that is too long is lost in the same way. */
function isFull(error: number): boolean {
  const { EAGAIN, ENOBUFS, EMSGSIZE } = os.constants.errno;
  return error === EAGAIN || error === ENOBUFS || error === EMSGSIZE;
}
