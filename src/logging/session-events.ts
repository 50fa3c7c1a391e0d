import { formatEndpoint, type Endpoint } from '../contract/endpoint.ts';
import { PeerError, reasonOf } from '../contract/errors.ts';
import type { LogFields } from '../contract/logger.ts';
import type { EndReason, RefusalReason, TlsInfo } from '../contract/session.ts';
import type { Counters } from './counters.ts';
import type { Logging } from './logging.ts';
import { createSessionMembers } from './session-members.ts';
import type { PeerNames } from './peer-names.ts';
import { createRefusalSummary, type Refusal, type RefusalSummary } from './refusal-summary.ts';
import type { AuthResult } from './service-tally.ts';

/** What of a session stands in its lines. */
export interface EventSession {
  readonly id: string;
  readonly peer: Endpoint;
  readonly local: Endpoint;
  readonly tls?: TlsInfo | null;
}

export interface EndedSession extends EventSession {
  readonly bytes: { readonly in: number | null; readonly out: number | null };
}

/** What happens to one service's sessions: each becomes a line and a count here, so that the two cannot drift apart. */
export interface SessionEvents {
  started(session: EventSession): void;
  ended(session: EndedSession, reason: EndReason, seconds: number): void;
  /** TLS is spoken, from the first byte or from now on: who does it in an old way is told of. */
  secured(session: EventSession): void;
  /** Each is counted; past some lines a second, one a second and reason tells how many they were. */
  refused(reason: RefusalReason, peer: Endpoint, local: Endpoint, detail?: string): void;
  /** Each is counted; one line a second and reason tells how many they were. */
  datagramRefused(reason: RefusalReason, peer: Endpoint, local: Endpoint): void;
  /** A service threw in a session. */
  failed(session: EventSession, error: unknown): void;
  /** Something went wrong that belongs to no session. */
  errored(peer: Endpoint, error: unknown): void;
  /** Counted only: a line for each datagram would be an echo of the network. */
  datagram(direction: 'in' | 'out', bytes: number): void;
  /** `account` is what the peer called itself. */
  authenticated(result: AuthResult, session: EventSession, account: string, reason?: 'service'): void;
  received(session: EventSession | null, item: LogFields): void;
  /** Writes the lines of refusals that were counted and not told yet. */
  flush(): void;
}

export interface SessionEventsOptions {
  readonly service: string;
  readonly logging: Pick<Logging, 'emit' | 'emitMembers'>;
  readonly counters: Counters;
  /** With `logging.resolve`: lines carry `peer_name` once it is known. */
  readonly peerNames?: PeerNames | null;
  /** Sessions that come and go every few seconds, of health checks say: their lines have the severity debug. */
  readonly quiet?: boolean;
  /** The timer of summaries, for tests. */
  readonly after?: (ms: number, call: () => void) => void;
}

const maxAccountLength = 256;
// Of one service in one worker, in a second.
const maxRefusalLines = 20;

export function createSessionEvents(options: SessionEventsOptions): SessionEvents {
  const { service, logging, counters, peerNames = null, quiet = false, after } = options;
  const tally = counters.service(service);
  const severity = quiet ? 'debug' : undefined;
  const timer = after === undefined ? {} : { after };
  const refusals = createRefusalSummary({
    ...timer,
    maxSingle: maxRefusalLines,
    tell: writeRefusal,
    tellMany: writeRefusal,
  });
  const datagramRefusals = new Map<RefusalReason, RefusalSummary>();

  const members = createSessionMembers(service);

  return {
    started(session) {
      tally.sessionStarted();
      const name = nameOf(session.peer);
      const ready = quiet || name !== undefined || session.tls ? null : members(session);
      if (ready !== null) return logging.emitMembers('session.start', ready);
      const { id, peer, local, tls } = session;
      logging.emit(
        'session.start',
        {
          service,
          session: id,
          peer: formatEndpoint(peer),
          local: formatEndpoint(local),
          peer_name: name,
          tls: tls?.protocol,
          subject: tls?.subject ?? undefined,
        },
        severity,
      );
    },
    ended(session, reason, seconds) {
      const { bytes } = session;
      tally.sessionEnded(seconds, bytes.in, bytes.out);
      // Microseconds are as fine as the clock is.
      const duration = Math.round(seconds * 1e6) / 1e6;
      const name = nameOf(session.peer);
      const ready = quiet || name !== undefined ? null : members(session);
      if (ready !== null) {
        const result = `"duration":${duration},"bytes":{"in":${bytes.in},"out":${bytes.out}},"reason":"${reason}"`;
        return logging.emitMembers('session.end', `${ready},${result}`);
      }
      const { id, peer, local } = session;
      logging.emit(
        'session.end',
        {
          service,
          session: id,
          peer: formatEndpoint(peer),
          local: formatEndpoint(local),
          peer_name: name,
          duration,
          bytes,
          reason,
        },
        severity,
      );
    },
    secured(session) {
      const { tls } = session;
      if (!tls?.isLegacy) return;
      tally.usedLegacyTls();
      logging.emit('tls.legacy', { ...fieldsOf(session), tls: tls.protocol, cipher: tls.cipher });
    },
    refused(reason, peer, local, detail) {
      tally.refused(reason);
      refusals.add({ reason, peer, local, detail });
    },
    datagramRefused(reason, peer, local) {
      tally.refused(reason);
      datagramRefusalsFor(reason).add({ reason, peer, local });
    },
    failed: (session, error) => report(error, fieldsOf(session)),
    errored: (peer, error) => report(error, { service, peer: formatEndpoint(peer) }),
    datagram: (direction, bytes) => tally.datagram(direction, bytes),
    authenticated(result, session, account, reason) {
      tally.authenticated(result);
      const fields = { ...fieldsOf(session), account: account.slice(0, maxAccountLength) };
      if (result === 'ok') logging.emit('auth.ok', fields);
      else
        logging.emit('auth.failed', { ...fields, reason: result === 'banned' ? 'banned' : (reason ?? 'credentials') });
    },
    received(session, item) {
      tally.itemReceived();
      logging.emit('item.received', { ...(session === null ? { service } : fieldsOf(session)), ...item });
    },
    flush() {
      for (const summary of [refusals, ...datagramRefusals.values()]) summary.flush();
    },
  };

  // Nobody waits for an answer, and the address may be made up: one reason is one line a second, however many they are.
  function datagramRefusalsFor(reason: RefusalReason): RefusalSummary {
    const known = datagramRefusals.get(reason);
    if (known !== undefined) return known;
    const tell = (refusal: Refusal): void => writeRefusal(refusal, 1);
    const summary = createRefusalSummary({ ...timer, maxSingle: 1, tell, tellMany: writeRefusal });
    datagramRefusals.set(reason, summary);
    return summary;
  }

  function writeRefusal({ reason, peer, local, detail }: Refusal, count?: number): void {
    logging.emit('session.refused', {
      service,
      peer: formatEndpoint(peer),
      local: formatEndpoint(local),
      peer_name: nameOf(peer),
      reason,
      detail,
      count,
    });
  }

  // The other side's fault, and that of a program or target that is not there, is told in a sentence; ours with the place
  // in the code.
  function report(error: unknown, fields: LogFields): void {
    if (error instanceof PeerError) logging.emit('peer.error', { ...fields, error });
    else
      logging.emit('service.error', {
        ...fields,
        error: error instanceof Error ? error : reasonOf(error),
        stack: isOfTheSystem(error) ? undefined : stackOf(error),
      });
  }

  function fieldsOf({ id, peer, local }: EventSession): LogFields {
    return { service, session: id, peer: formatEndpoint(peer), local: formatEndpoint(local), peer_name: nameOf(peer) };
  }

  function nameOf(peer: Endpoint): string | undefined {
    return peerNames === null || peer.family === 'unix' ? undefined : peerNames.lookup(peer.address);
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}

/** ENOENT of a program, ECONNREFUSED of a target: the place in our code tells the operator nothing. */
function isOfTheSystem(error: unknown): boolean {
  const { errno, cause } = (error ?? {}) as { errno?: unknown; cause?: { errno?: unknown } };
  return typeof errno === 'number' || typeof cause?.errno === 'number';
}
