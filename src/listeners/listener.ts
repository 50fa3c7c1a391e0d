import type { Endpoint } from '../contract/endpoint.ts';
import type { Logger } from '../contract/logger.ts';
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
  ended(session: LiveSession, reason: EndReason, seconds: number): void;
  refused(reason: RefusalReason, peer: Endpoint, local: Endpoint): void;
  datagramRefused(reason: RefusalReason, peer: Endpoint, local: Endpoint): void;
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
}
