import type { Ban } from './ban.ts';
import type { Json } from './bus.ts';
import type { JournalBlock } from './journal.ts';
import type { LoggingPlan, Plan, ServicePlan } from './plan.ts';
import type { BansMessage, Challenge, QueuedMessage, ToRegistry } from './registry.ts';
import type { EndReason } from './session.ts';

/**
 * What master and worker say to each other, one JSON object a line, over the socket pair that a worker inherits. Nothing
 * per connection is among it. An upgraded master goes on talking to the workers of its predecessor, so a new release
 * must understand what the last one sends: members are only ever added.
 */
export type ToWorker =
  | StartMessage
  /** `isStopping`: the whole daemon ends; otherwise another worker takes this one's place. */
  | { readonly type: 'drain'; readonly deadline: number; readonly isStopping?: boolean }
  | { readonly type: 'stop' }
  /** The descriptors of the log files come over the worker's descriptor socket, each with its path. */
  | { readonly type: 'reopen'; readonly paths: readonly string[] }
  | { readonly type: 'certificates'; readonly certificates: CertificatePairs }
  | BansMessage
  | ToRegistry
  /** To the courier. */
  | QueuedMessage
  | { readonly type: 'ping' }
  /** The master has become its next image: what it was asked, and has not answered, nobody knows any more. */
  | { readonly type: 'again' }
  | { readonly type: 'follow'; readonly on: boolean }
  | {
      readonly type: 'ask';
      readonly id: number;
      /** "registry": a RegistryRequest, for the registry alone; "challenge": a ChallengeChange. */
      readonly what: 'report' | 'sessions' | 'kick' | 'registry' | 'challenge';
      readonly argument: Json;
    }
  | { readonly type: 'reply'; readonly id: number; readonly value: Json }
  | { readonly type: 'bus'; readonly topic: string; readonly from: string; readonly message: Json }
  | {
      readonly type: 'bus-ask';
      readonly topic: string;
      readonly from: string;
      readonly id: number;
      readonly message: Json;
    }
  | { readonly type: 'bus-gone'; readonly id: string };

export interface StartMessage {
  readonly type: 'start';
  readonly id: string;
  readonly pool: string;
  readonly generation: number;
  /** How many workers the pool has, this one included. */
  readonly workers: number;
  /** Identity to take on, when the master is root. */
  readonly identity: WorkerIdentity | null;
  readonly daemon: Plan['daemon'];
  /** False: there are no accounts, and nobody has a mailbox. Absent: there may be. */
  readonly hasAccounts?: boolean;
  readonly logging: LoggingPlan;
  readonly certificates: CertificatePairs;
  readonly bans: readonly Ban[];
  readonly challenges: readonly Challenge[];
  /** 48 bytes in base64, so that every worker can resume every session. */
  readonly ticketKeys: string;
  readonly services: readonly WorkerService[];
  /**
   * How many descriptors wait in the descriptor socket, each with the number by which this message calls it. Without it
   * the worker has inherited them under these numbers.
   */
  readonly passed?: number;
  /** Descriptors of the log files, by path; the master opens them. */
  readonly logFiles: Readonly<Record<string, number>>;
}

export interface WorkerIdentity {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  /** The supplementary groups; absent: all that the user has. */
  readonly groups?: readonly number[];
}

/** PEM texts, by the certificate's name: the master reads them, because the worker's user may not. */
export type CertificatePairs = Readonly<Record<string, { readonly cert: string; readonly key: string }>>;

export interface WorkerService extends ServicePlan {
  /** PEM of `tls.client_ca`. */
  readonly clientCa: string | null;
  readonly sockets: readonly WorkerSocket[];
}

/** A socket that the worker inherits. */
export interface WorkerSocket {
  /** null: no descriptor could be inherited (no node:ffi), the worker binds for itself. */
  readonly fd: number | null;
  /** Which entry of the service's `listen` it belongs to. */
  readonly listen: number;
  readonly transport: 'stream' | 'datagram';
  readonly address: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6' | 'unix';
}

export type ToMaster =
  | { readonly type: 'starting'; readonly service: string }
  | {
      readonly type: 'ready';
      readonly failed: Readonly<Record<string, string>>;
      readonly bound: Readonly<Record<string, number>>;
    }
  | { readonly type: 'failed'; readonly error: string }
  | { readonly type: 'pong'; readonly rss: number }
  /** Said last, by a worker that ends: what it counted must not be lost. */
  | { readonly type: 'report'; readonly report: Json }
  | { readonly type: 'reply'; readonly id: number; readonly value: Json }
  | {
      readonly type: 'ask';
      readonly id: number;
      /** "registry": a RegistryRequest, which the master hands on; "challenge": the registry's ChallengeChange, for all. */
      readonly what: 'status' | 'metrics' | 'sessions' | 'claim' | 'bus' | 'registry' | 'challenge';
      readonly argument: Json;
    }
  | { readonly type: 'release'; readonly name: string }
  /** Of the registry alone. */
  | BansMessage
  | QueuedMessage
  | { readonly type: 'journal'; readonly block: JournalBlock }
  | { readonly type: 'bus'; readonly topic: string; readonly message: Json }
  | { readonly type: 'bus-answers'; readonly topic: string; readonly on: boolean }
  | { readonly type: 'bus-reply'; readonly id: number; readonly to: string; readonly reply: Json }
  | { readonly type: 'session'; readonly event: SessionEvent };

export interface SessionEvent {
  readonly event: 'start' | 'end';
  readonly session: SessionReport;
  readonly reason?: EndReason;
  readonly duration?: number;
}

/** A session as `sessions --json` shows it. */
export interface SessionReport {
  readonly id: string;
  readonly service: string;
  readonly peer: string;
  readonly local: string;
  readonly account: string | null;
  readonly tls: string | null;
  /** ISO time. */
  readonly started: string;
  /** null where a program holds the socket. */
  readonly bytes: { readonly in: number | null; readonly out: number | null };
  readonly state: 'active' | 'draining';
}
