import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { DataConnection } from '../contract/data-connection.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import { PeerError } from '../contract/errors.ts';
import type { TlsInfo } from '../contract/session.ts';
import { sendFile } from '../system/sendfile.ts';
import { plainAddress } from '../wire/source.ts';
import { receiveDirectly } from './data-receive-directly.ts';
import { createTlsReceiver, type TlsReceiver } from './data-receive-tls.ts';
import { descriptorOf, markForReset, movedBytes } from './socket-handle.ts';
import { dismiss } from './tls-handshake.ts';
import { describeTls, type TlsAcceptor } from './tls.ts';

/** A connected socket from which nothing was read yet. */
export interface DataSocket {
  readonly socket: Socket;
  readonly peer: Endpoint;
  readonly local: Endpoint;
}

export interface LiveData extends DataConnection {
  readonly bytes: { readonly in: number; readonly out: number };
  destroy(): void;
}

export interface DataConnectionOptions extends DataSocket {
  readonly acceptor: TlsAcceptor | null;
  /** Whose TLS settings are used: the session's peer. */
  readonly sessionPeer: Endpoint;
  /** Called once; bytes stay as they are from now on. */
  closed(): void;
}

/** Of every socket for data. A peer that is gone without a word is found out by the kernel. */
export const dataSocketOptions = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
} as const;

// How long a peer may take to close after it was sent everything.
const lingerMs = 5_000;
// OpenSSL takes what it gets in one go, and makes records of 16 KB of it.
const tlsCopyBytes = 256 * 1024;

export function createDataConnection(options: DataConnectionOptions): LiveData {
  const { acceptor, peer, local } = options;
  let stream: Socket | TLSSocket = options.socket;
  let tls: TlsInfo | null = null;
  /** Sent by the system, past the stream. */
  let pastStream = 0;
  /** Received by the system, past the stream. */
  let early = 0;
  /** The peer's end is known, and not to the stream. */
  let hasEnded = false;
  let receiver: TlsReceiver | null = null;
  /** Turned away, and told so as TLS wants it. */
  let isDismissed = false;

  const watch = (socket: Socket): void => {
    socket.on('error', () => {});
    socket.once('close', () => {
      if (socket === stream) options.closed();
    });
  };
  const replace = (next: Socket | TLSSocket): void => {
    stream = next;
    watch(next);
  };
  watch(stream);

  return {
    peer,
    local,
    get stream() {
      return stream;
    },
    get tls() {
      return tls;
    },
    get bytes() {
      return { in: stream.bytesRead + early, out: stream.bytesWritten + pastStream };
    },
    get moved() {
      return movedBytes(stream) + pastStream + early;
    },
    get isCut() {
      return receiver?.isCut ?? false;
    },
    async startTls({ mustResume }) {
      if (acceptor === null) throw new Error('there is no certificate for data connections');
      const secured = await acceptor.secure(stream, options.sessionPeer);
      replace(secured);
      tls = describeTls(secured);
      receiver = createTlsReceiver(secured);
      if (!mustResume || tls.isResumed) return;
      receiver.letGo();
      isDismissed = true;
      dismiss(secured);
      throw new PeerError('the TLS session of the control connection was not used again');
    },
    sendFile: (part) =>
      sendFile(
        {
          socket: stream,
          descriptor: () => (tls === null ? descriptorOf(stream) : null),
          sent: (bytes) => void (pastStream += bytes),
          copyBytes: tlsCopyBytes,
        },
        part,
      ),
    async receive(take, signal) {
      signal.throwIfAborted();
      if (receiver !== null) return receiver.receive(take, signal);
      const received = (bytes: number): void => void (early += bytes);
      hasEnded = await receiveDirectly(stream, { take, signal, received, replaced: replace });
    },
    async end() {
      // Nothing is left unread or unsent: to close it says all.
      if (hasEnded && stream.writableLength === 0) return void stream.destroy();
      await new Promise<void>((resolve, reject) => {
        stream.end((error?: Error | null) => (error == null ? resolve() : reject(error)));
      });
    },
    async [Symbol.asyncDispose]() {
      if (stream.destroyed || isDismissed) return;
      if (stream.writableFinished) linger(stream, receiver);
      else cutOff(stream, tls !== null);
    },
    destroy: () => void stream.destroy(),
  };
}

/** Closed with something unread in it, a connection is reset by the kernel, and what was sent last may be lost. */
function linger(stream: Socket, receiver: TlsReceiver | null): void {
  const timer = setTimeout(() => stream.destroy(), lingerMs);
  stream.once('close', () => clearTimeout(timer));
  receiver?.letGo();
  stream.resume();
}

/** So that the peer does not take what it got for all there was: TLS has its close_notify for that. */
function cutOff(stream: Socket, isSecured: boolean): void {
  if (!isSecured && stream.bytesWritten > 0) markForReset(stream);
  stream.destroy();
}

/** null: it has left already. */
export function endpointsOf(socket: Socket): { peer: Endpoint; local: Endpoint } | null {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || localAddress === undefined) return null;
  return { peer: endpoint(remoteAddress, remotePort), local: endpoint(localAddress, localPort) };
}

function endpoint(address: string, port = 0): Endpoint {
  const plain = plainAddress(address);
  return { address: plain, port, family: plain.includes(':') ? 'IPv6' : 'IPv4' };
}
