import type { Account, AccountRecord, Credentials } from './account.ts';
import type { Ban } from './ban.ts';
import type { JournalBlock, JournalEntry } from './journal.ts';
import type { AcmePlan, Rate } from './plan.ts';
import type { NewItem, TaskChoice, TaskReport } from './queue.ts';

/**
 * What the registry is asked: the one process that holds accounts, bans and the store. Questions of workers and of the
 * command line reach it through the master, as "ask" messages.
 */
export type RegistryRequest =
  | AuthenticateRequest
  /** A peer touched a service with `sensor: true`. */
  | { readonly what: 'sensor'; readonly service: string; readonly source: string; readonly ban: number }
  | BanRequest
  | EnqueueRequest
  | MailboxesRequest
  | DeliveryRequest
  | { readonly what: 'journal'; readonly query: JournalQuery }
  | { readonly what: 'renew'; readonly names: readonly string[] };

/** What the master alone passes on, for the command line. */
export type BanRequest =
  | { readonly what: 'bans' }
  /** `duration` in milliseconds; null: until it is removed. */
  | { readonly what: 'ban'; readonly source: string; readonly duration: number | null }
  | { readonly what: 'unban'; readonly source: string };

/** Things that a worker has written into the spool; true: they are in the queue, on disk. */
export interface EnqueueRequest {
  readonly what: 'enqueue';
  readonly items: readonly NewItem[];
}

/** Whose mail comes to these addresses; the answer has a `Mailbox | null` for each, in their order. */
export interface MailboxesRequest {
  readonly what: 'mailboxes';
  readonly addresses: readonly string[];
}

/** What the command line wants of deliveries. */
export type DeliveryRequest =
  | { readonly what: 'delivery-counts' }
  | {
      readonly what: 'delivery-list';
      readonly choice: TaskChoice;
      readonly state: TaskReport['state'] | null;
      readonly limit: number;
    }
  | { readonly what: 'delivery-show'; readonly id: string }
  | { readonly what: 'delivery-retry' | 'delivery-drop'; readonly choice: TaskChoice }
  /** `to`: another delivery, which gets what was chosen. */
  | { readonly what: 'delivery-replay'; readonly choice: TaskChoice; readonly to: string | null };

export interface AuthenticateRequest {
  readonly what: 'authenticate';
  /** Name and type of the service. */
  readonly service: string;
  readonly type: string;
  /** The peer's address. */
  readonly source: string;
  readonly credentials: Credentials;
  readonly limits: { readonly authFailures: Rate; readonly ban: number };
}

export type AuthenticateReply =
  | { readonly result: 'ok'; readonly account: Account }
  | { readonly result: 'banned' }
  /** `reason`, for the log alone: the credentials are right, but the account may not use this service. */
  | { readonly result: 'failed'; readonly reason?: 'service' }
  /** Too many are being checked: this says nothing about the credentials. */
  | { readonly result: 'busy' };

export interface JournalQuery {
  /** Milliseconds since 1970: sessions that ended since then. */
  readonly since: number;
  readonly limit: number;
}

export interface JournalReply {
  /** The newest `limit`, in the order of their end. */
  readonly entries: readonly JournalEntry[];
  readonly isCut: boolean;
}

/** What became of certificates that somebody wanted renewed. */
export interface RenewReply {
  readonly renewed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

/** What the master tells the registry of its own accord. */
export type ToRegistry =
  /** `hasMore`: a part of them, others follow. They count when the last part is there. */
  | { readonly type: 'accounts'; readonly records: readonly AccountRecord[]; readonly hasMore?: boolean }
  | { readonly type: 'journal'; readonly block: JournalBlock };

/** A proof of control over a name that workers have to show (RFC 8555 8.3, RFC 8737). */
export type Challenge =
  | { readonly kind: 'http-01'; readonly token: string; readonly keyAuthorization: string }
  /** `name`: what the authority asks for in its TLS hello. */
  | { readonly kind: 'tls-alpn-01'; readonly name: string; readonly cert: string; readonly key: string };

/** Shown by every worker from now on, or no longer. */
export interface ChallengeChange {
  readonly challenge: Challenge;
  readonly on: boolean;
}

/** The registry's own options, in place of a service's. */
export interface RegistryOptions {
  /** Folder of the database, writable for the registry. */
  readonly folder: string;
  /** `daemon.state`, for homes of accounts. */
  readonly state: string;
  /** SQLite databases of accounts. */
  readonly databases: readonly string[];
  /** Networks and host names, of all services. */
  readonly neverBan: readonly string[];
  /** Milliseconds; 0: no journal. */
  readonly journal: number;
  /** Where issued certificates and the account's key are kept: NAME.pem, NAME.key. */
  readonly acmeFolder: string;
  readonly acme: Readonly<Record<string, AcmePlan & { readonly caText: string | null }>>;
}

/** From the registry to the courier: there is something new to deliver. */
export interface QueuedMessage {
  readonly type: 'queued';
  /** Somebody has ordered to try by this delivery (null: by all), also where its target is taken to be down. */
  readonly tryNow?: string | null;
}

/** What the registry tells the master of its own accord: the bans in force. */
export interface BansMessage {
  readonly type: 'bans';
  readonly bans: readonly Ban[];
}
