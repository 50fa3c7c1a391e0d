import type { Account, Credentials } from '../contract/account.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { LogFields, Logger } from '../contract/logger.ts';
import type { ListenPlan, ServicePlan } from '../contract/plan.ts';
import type { Service } from '../contract/service.ts';
import type { EndReason, RefusalReason, Session } from '../contract/session.ts';
import type { Admission } from './admission.ts';
import type { DescriptorGuard } from './descriptor-guard.ts';
import type { SessionTable } from './session-table.ts';
import type { LiveSession } from './session.ts';
import type { TlsAcceptor } from './tls.ts';

/** Accepts or receives for one service on one address. */
export interface Listener {
  /** Takes nothing new; sessions go on. Resolves when nothing more will come. */
  close(): Promise<void>;
}

/** What a listener tells the rest of the house; log lines and counters both come from it. */
export interface ListenerEvents {
  started(session: Session): void;
  /** TLS is spoken, from the first byte or from now on. */
  secured(session: Session): void;
  ended(session: LiveSession, reason: EndReason, seconds: number): void;
  /** `detail`: a sentence of ours about what went wrong. */
  refused(reason: RefusalReason, peer: Endpoint, local: Endpoint, detail?: string): void;
  datagramRefused(reason: RefusalReason, peer: Endpoint, local: Endpoint): void;
  /** Something was taken in by a service. */
  received(session: Session, item: LogFields): void;
  /** A service threw; the session ends with reason "error". */
  failed(session: Session, error: unknown): void;
  datagram(direction: 'in' | 'out', bytes: number): void;
  /** Something went wrong that belongs to no session: a datagram, or a connection before its session began. */
  errored(peer: Endpoint, error: unknown): void;
}

export interface ListenerOptions {
  readonly fd: number;
  readonly local: Endpoint;
  readonly plan: ServicePlan;
  readonly listen: ListenPlan;
  readonly service: Service;
  readonly admission: Admission;
  readonly idleMs: number | null;
  readonly tls: TlsAcceptor | null;
  readonly sessions: SessionTable;
  readonly events: ListenerEvents;
  readonly guard: DescriptorGuard;
  readonly log: Logger;
  authenticate(session: LiveSession, credentials: Credentials): Promise<Account | null>;
}
