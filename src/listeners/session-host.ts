import type { Socket } from 'node:net';

import type { Account, Credentials } from '../contract/account.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { LogFields, Logger } from '../contract/logger.ts';
import type { EndReason, TlsInfo } from '../contract/session.ts';
import type { LiveSession } from './session.ts';
import type { TlsAcceptor } from './tls.ts';

/** What all sessions of a listener have in common. */
export interface SessionHost {
  readonly service: string;
  readonly tls: TlsAcceptor | null;
  readonly idleMs: number | null;
  readonly sessionMs: number | null;
  /** Nothing was read from the socket yet and nothing will be before the service has had its chance. */
  readonly descriptorIsFree: boolean;
  readonly log: Logger;
  authenticate(session: LiveSession, credentials: Credentials): Promise<Account | null>;
  /** TLS was started on a connection that began in clear. */
  secured(session: LiveSession): void;
  received(session: LiveSession, item: LogFields): void;
  /** Called once, after the socket is closed (or the program that got it has ended). */
  ended(session: LiveSession, reason: EndReason): void;
}

/** An admitted connection. */
export interface Arrival {
  readonly socket: Socket;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly tlsInfo: TlsInfo | null;
}
