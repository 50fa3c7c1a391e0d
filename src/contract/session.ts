import type { Duplex } from 'node:stream';

import type { Account, Credentials } from './account.ts';
import type { Endpoint } from './endpoint.ts';
import type { LogFields, Logger } from './logger.ts';

/** Why a session ended, as in the `session.end` event. */
export type EndReason = 'end' | 'idle' | 'session' | 'kick' | 'drain' | 'error';

/** Why a connection was turned away, as in the `session.refused` event. */
export type RefusalReason = 'access' | 'hours' | 'connections' | 'per_source' | 'rate' | 'ban' | 'drain' | 'tls';

export interface TlsInfo {
  /** "TLSv1.3" */
  readonly protocol: string;
  readonly cipher: string;
  /** The name the peer asked for (SNI), if any. */
  readonly serverName: string | null;
  /** Subject of the peer's certificate, if it gave a valid one: one printable line of bounded length, "CN=alice,O=Example". */
  readonly subject: string | null;
  /** A version or a cipher that only `tls.legacy` allows. */
  readonly isLegacy: boolean;
  /** Goes on with the keys of an earlier connection, as FTPS wants it of data connections. */
  readonly isResumed: boolean;
}

/** One connection, from admission to its end. */
export interface Session {
  /** 12 characters, the same in every log line, in `sessions`, in deliveries. */
  readonly id: string;
  readonly service: string;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly log: Logger;
  /** The socket itself (net or tls), half-open allowed: ending it leaves the peer able to send. */
  readonly stream: Duplex;
  readonly tls: TlsInfo | null;
  /** What went over the connection so far; null: a program has the socket, and nobody counts. */
  readonly bytes: { readonly in: number | null; readonly out: number | null };
  /** Aborted by a limit, a kick or the drain deadline; `signal.reason` is an `EndReason`. */
  readonly signal: AbortSignal;
  /** There is a certificate to start TLS with, and it was not started yet. */
  readonly canStartTls: boolean;
  /** STARTTLS and its like: afterwards `stream` and `tls` are new. Throws PeerError when text was already sent in clear. */
  startTls(): Promise<void>;
  /** Who has logged in last. */
  readonly account: Account | null;
  /**
   * Checks credentials against the accounts that may use this service. null: they are wrong, or the peer is banned; the
   * failure is logged and counted. Throws when accounts cannot be asked now, which tells nothing about the credentials.
   */
  authenticate(credentials: Credentials): Promise<Account | null>;
  /** Something has come to stay: on disk, synced and acknowledged. One event, and one more in the count of items. */
  received(item: LogFields): void;
  /**
   * The accepted socket's descriptor, for a program that shall have it as its own; null when bytes were already read or are
   * encrypted, so that the caller has to relay. Only services that say `takesDescriptor` get one.
   */
  readonly descriptor: number | null;
  /** After a program has the descriptor: closes our copy without a FIN. The session lasts until `connection` returns; its byte counts are null. */
  handedOver(): void;
}

/** One datagram. */
export interface Datagram {
  readonly data: Buffer;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  /** Sends an answer from the address the datagram came to. */
  reply(bytes: Uint8Array): void;
}

/** An address that receives datagrams, to send others from. */
export interface DatagramPort {
  readonly local: Endpoint;
  /** Beyond some megabyte that waits to be sent, datagrams are dropped. */
  send(bytes: DatagramBytes, peer: Pick<Endpoint, 'address' | 'port'>): void;
}

/** The bytes of a datagram, in one piece or in several. They stay as they are until they are sent. */
export type DatagramBytes = Uint8Array | readonly Uint8Array[];
