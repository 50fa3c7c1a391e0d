import type { Duplex } from 'node:stream';

import type { Endpoint } from './endpoint.ts';
import type { FilePart } from './service.ts';
import type { TlsInfo } from './session.ts';

/** A range of ports, both ends in it. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A connection beside a session's own, to or from the same peer: FTP's data connections (RFC 959 3.2). Its bytes are counted with
 * the session's, and keep it from being idle; it ends with the session.
 */
export interface DataConnection extends AsyncDisposable {
  readonly peer: Endpoint;
  readonly local: Endpoint;
  /** The socket itself, plain or secured. */
  readonly stream: Duplex;
  readonly tls: TlsInfo | null;
  /** Bytes that went over it so far, either way; what waits to be sent is not among them. */
  readonly moved: number;
  /** The peer has ended TLS without its close_notify: somebody may have cut the rest off (RFC 8446 6.1). */
  readonly isCut: boolean;
  /** TLS with the certificate of the session's address; we are its server. `mustResume`: a handshake that goes on with no session of the peer's own is refused (a PeerError). */
  startTls(options: { readonly mustResume: boolean }): Promise<void>;
  /** By sendfile where no TLS is between; see `ServiceContext.sendFile`. */
  sendFile(part: FilePart): Promise<void>;
  /** All that comes, in large chunks that are used again once `take` resolves; resolves at the peer's end. Rejects when the connection breaks, or the signal aborts. */
  receive(take: (chunk: Buffer) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Everything was written: sends the end (after TLS's close_notify) and waits for it to be taken. */
  end(): Promise<void>;
}

/** A port on which one connection of the session's peer is awaited. Closing it twice does no harm. */
export interface DataPort extends Disposable {
  readonly local: Endpoint;
  /** Connections from elsewhere are closed, and told in the log. Rejects with a PeerError when nobody comes in time. */
  accept(options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<DataConnection>;
}
