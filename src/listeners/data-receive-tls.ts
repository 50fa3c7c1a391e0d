import net from 'node:net';
import type { TLSSocket } from 'node:tls';

import { libc } from '../system/libc.ts';
import { duplicate } from '../system/sockets.ts';
import { receiveStream } from './data-receive-stream.ts';
import { giveBuffer, takeBuffer } from './receive-buffers.ts';
import { descriptorOf, feedTls, type TlsFeed } from './socket-handle.ts';

/** Receives over TLS, and finds out how the peer has ended. */
export interface TlsReceiver {
  receive(take: (chunk: Buffer) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Lets Node read again: for who sends, and waits for the peer's end only. */
  letGo(): void;
  /** The connection was ended without TLS being ended (RFC 8446 6.1). */
  readonly isCut: boolean;
}

/**
 * To Node, a connection that ends and TLS that ends are the same. So it is we who read from the connection, and OpenSSL is given
 * what we read: then it is plain which of both has come. Must be made right after the handshake, before more is read.
 */
export function createTlsReceiver(secured: TLSSocket): TlsReceiver {
  let feed = libc === null ? null : feedTls(secured);
  feed?.hold();
  let isCut = false;

  return {
    get isCut() {
      return isCut;
    },
    letGo() {
      feed?.letGo();
      feed = null;
    },
    async receive(take, signal) {
      const fd = descriptorOf(secured);
      if (feed === null || fd === null) {
        this.letGo();
        return receiveStream(secured, { take, signal });
      }
      const buffer = takeBuffer();
      using connection = openConnection(secured, feed, duplicate(fd), buffer);
      connection.socket.once('end', () => {
        if (secured.readableEnded || secured.destroyed) return;
        isCut = true;
        secured.push(null);
      });
      await receiveStream(secured, { take, signal, source: connection.socket });
      giveBuffer(buffer);
    },
  };
}

/** What comes over the connection goes to OpenSSL. */
function openConnection(
  secured: TLSSocket,
  feed: TlsFeed,
  fd: number,
  buffer: Buffer,
): Disposable & { socket: net.Socket } {
  const socket = new net.Socket({
    fd,
    allowHalfOpen: true,
    onread: {
      buffer,
      callback(length, bytes) {
        feed.take(bytes.subarray(0, length));
        return true;
      },
    },
  });
  const close = (): void => void socket.destroy();
  socket.on('error', (error) => secured.destroy(error));
  secured.once('close', close);
  return {
    socket,
    [Symbol.dispose]() {
      secured.off('close', close);
      close();
    },
  };
}
