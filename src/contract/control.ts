import type { Ban } from './ban.ts';
import type { SessionEvent, SessionReport } from './channel.ts';
import type { Mistake } from './errors.ts';
import type { ItemReport, TaskReport } from './queue.ts';
import type { JournalReply, RenewReply } from './registry.ts';

/**
 * The control socket (`portico.sock`, mode 0600): a client sends one request as a JSON line and reads JSON lines. Every
 * command is answered by one line; `follow` by one line per session start and end until the client hangs up.
 */
export type ControlRequest =
  | { readonly command: 'status' | 'reload' | 'upgrade' | 'stop' | 'sessions' | 'follow' }
  | { readonly command: 'kick'; readonly id: string }
  | { readonly command: 'bans' | 'certificates' }
  /** `duration` in milliseconds; null: until it is removed. */
  | { readonly command: 'ban'; readonly source: string; readonly duration: number | null }
  | { readonly command: 'unban'; readonly source: string }
  /** Without names: all that Portico issues or has issued. */
  | { readonly command: 'renew'; readonly names: readonly string[] }
  | DeliveryOrder
  /** Sessions that have ended since then, in milliseconds since 1970. */
  | { readonly command: 'journal'; readonly since: number; readonly limit: number };

/** Without ids: of all items; without a delivery or a state: of all. `retry`, `drop` and `replay` are answered by how many tasks. */
export type DeliveryOrder =
  | {
      readonly command: 'delivery-list';
      readonly delivery: string | null;
      readonly state: TaskReport['state'] | null;
      readonly limit: number;
    }
  | { readonly command: 'delivery-show'; readonly id: string }
  | {
      readonly command: 'delivery-retry' | 'delivery-drop';
      readonly ids: readonly string[];
      readonly delivery: string | null;
      readonly state?: TaskReport['state'] | null;
    }
  | {
      readonly command: 'delivery-replay';
      readonly ids: readonly string[];
      readonly delivery: string | null;
      readonly state?: TaskReport['state'] | null;
      /** Another delivery, which gets what was chosen; null: the same. */
      readonly to: string | null;
    };

export type ControlReply =
  | {
      readonly ok: true;
      readonly value:
        | Status
        | readonly SessionReport[]
        | readonly Ban[]
        | CertificatesReport
        | JournalReply
        | RenewReply
        | readonly TaskReport[]
        | ItemReport
        | number
        | readonly string[]
        | null;
    }
  | { readonly ok: false; readonly code: number; readonly message: string; readonly mistakes?: readonly Mistake[] }
  | SessionEvent;

/** `status --json` and `GET /api/status`. */
export interface Status {
  readonly name: string;
  readonly version: string;
  readonly pid: number;
  readonly started: string;
  readonly generation: number;
  readonly state: 'starting' | 'running' | 'reloading' | 'stopping';
  readonly config: string;
  readonly admin: string | null;
  readonly workers: readonly WorkerStatus[];
  readonly services: readonly ServiceStatus[];
  readonly deliveries: readonly DeliveryStatus[];
}

export interface WorkerStatus {
  readonly pool: string;
  readonly pid: number;
  readonly generation: number;
  readonly sessions: number;
  readonly rss: number;
  readonly restarts: number;
}

export interface ServiceStatus {
  readonly name: string;
  readonly type: string;
  readonly state: 'up' | 'starting' | 'stopping' | 'failed' | 'disabled';
  readonly pool: string;
  readonly listeners: readonly { readonly address: string }[];
  readonly sessions: { readonly active: number; readonly total: number; readonly refused: number };
  readonly bytes: { readonly in: number; readonly out: number };
  readonly error: string | null;
  /** There for a trap only: whoever connects is banned. */
  readonly sensor?: true;
}

/** `certificate show --json`. */
export interface CertificatesReport {
  /** The local authority; null as long as nothing was issued by it. */
  readonly authority: AuthorityReport | null;
  readonly certificates: readonly CertificateReport[];
}

export interface AuthorityReport {
  /** What has to be trusted: a PEM file. */
  readonly file: string;
  readonly subject: string;
  /** ISO time. */
  readonly expires: string;
  /** SHA-256, in hex with colons. */
  readonly fingerprint: string;
}

export interface CertificateReport {
  readonly name: string;
  readonly kind: 'files' | 'self_signed' | 'acme';
  readonly subject: string;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly from: string;
  readonly expires: string;
  readonly fingerprint: string;
  /** Where it is read from, or kept. */
  readonly file: string;
  /** Addresses of services that serve it, each "SERVICE ADDRESS". */
  readonly served: readonly string[];
  /** What went wrong with it last; null: nothing. */
  readonly error: string | null;
  /** ISO time when a public authority is asked again after that; null: it is not known, or nothing went wrong. */
  readonly again: string | null;
}

export interface DeliveryStatus {
  readonly name: string;
  /** "removed": it is no longer in the configuration, and what waits for it stays. */
  readonly type: string;
  readonly queued: number;
  readonly delivered: number;
  readonly failed: number;
  /** There while its target is taken to be down: it is tried now and then, with one thing. */
  readonly down?: true;
}
