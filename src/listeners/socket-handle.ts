import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** What Node has no public way for: each looks at a socket's handle, and is without effect where a release hides that. */

/**
 * Makes `destroy` reset the connection. The public `resetAndDestroy` sends a FIN first, which is all that a peer may get to
 * see; it throws for TLS and unix sockets; and it never closes a socket whose FIN is on the way already.
 */
export function markForReset(socket: Socket): void {
  (socket as unknown as { resetAndClosing: boolean }).resetAndClosing = true;
}

/** Bytes that went over the connection: what waits to be sent has not moved. */
export function movedBytes(socket: Socket): number {
  const handle = (socket as unknown as { _handle?: { writeQueueSize?: number } | null })._handle;
  return socket.bytesRead + socket.bytesWritten - (handle?.writeQueueSize ?? 0);
}

/** "TCP", "Pipe" (a unix socket) or "TLSWrap". Node has no public way to ask for it. */
export function handleKind(socket: Socket): string | undefined {
  return (socket as unknown as { _handle?: { constructor: { name: string } } | null })._handle?.constructor.name;
}

/** The descriptor of an accepted socket. Node has no public way to ask for it; `null` where a release takes this one away. */
export function descriptorOf(socket: Socket): number | null {
  const handle = (socket as unknown as { _handle?: { fd?: number } | null })._handle;
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : null;
}

/**
 * `for await` over a connection would destroy it in the end, even where the peer has only ended its own direction, and
 * with it an answer that is still to be written. Ending the session is ours.
 */
export function iterateAndKeep(this: Socket): NodeJS.AsyncIterator<Buffer> {
  // It becomes a method of the connection.
  // oxlint-disable-next-line oxc/no-this-in-exported-function
  return this.iterator({ destroyOnReturn: false });
}

/** Who reads for TLS, and gives OpenSSL what was read. */
export interface TlsFeed {
  /** Node reads from the connection no more. */
  hold(): void;
  letGo(): void;
  /** The bytes may be used again at once. */
  take(bytes: Uint8Array): void;
}

/** null where a release hides what Node itself uses for what was read before TLS began. */
export function feedTls(socket: TLSSocket): TlsFeed | null {
  const handle = (socket as unknown as { _handle?: Partial<TlsHandle> | null })._handle;
  const { receive, readStart, readStop } = handle ?? {};
  if (receive === undefined || readStart === undefined || readStop === undefined) return null;
  const isOpen = (): boolean => !socket.destroyed;
  return {
    hold: () => void (isOpen() && readStop.call(handle)),
    letGo: () => void (isOpen() && readStart.call(handle)),
    take: (bytes) => void (isOpen() && receive.call(handle, bytes)),
  };
}

interface TlsHandle {
  receive(bytes: Uint8Array): void;
  readStart(): number;
  readStop(): number;
}
