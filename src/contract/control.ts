import type { Mistake } from './errors.ts';
import type { SessionEvent, SessionReport } from './channel.ts';

/**
 * The control socket (`portico.sock`, mode 0600): a client sends one request as a JSON line and reads JSON lines. Every
 * command is answered by one line; `follow` by one line per session start and end until the client hangs up.
 */
export type ControlRequest =
  | { readonly command: 'status' | 'reload' | 'upgrade' | 'stop' | 'sessions' | 'follow' }
  | { readonly command: 'kick'; readonly id: string };

export type ControlReply =
  | { readonly ok: true; readonly value: Status | readonly SessionReport[] | null }
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
}

export interface DeliveryStatus {
  readonly name: string;
  readonly type: string;
  readonly queued: number;
  readonly delivered: number;
  readonly failed: number;
}
