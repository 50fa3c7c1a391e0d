import { EventEmitter, once } from 'node:events';
import net, { BoundSocket } from 'node:net';

import type { Test } from 'tap';

import type { Endpoint } from '../../src/contract/endpoint.ts';
import type { LogFields } from '../../src/contract/logger.ts';
import type { ListenPlan, ServicePlan } from '../../src/contract/plan.ts';
import type { Service } from '../../src/contract/service.ts';
import type { EndReason, RefusalReason, Session } from '../../src/contract/session.ts';
import { createAdmission, type Admission } from '../../src/listeners/admission.ts';
import { createDescriptorGuard, type DescriptorGuard } from '../../src/listeners/descriptor-guard.ts';
import type { Listener, ListenerEvents, ListenerOptions } from '../../src/listeners/listener.ts';
import { createSessionTable, type SessionTable } from '../../src/listeners/session-table.ts';
import type { LiveSession } from '../../src/listeners/session.ts';
import type { TlsAcceptor } from '../../src/listeners/tls.ts';
import { libc } from '../../src/system/libc.ts';
import { createFakeLogger, type LogLine } from './fake-session.ts';
import { listenPlan, servicePlan } from './plans.ts';

/** One call of a listener's events. */
export type Seen =
  | { readonly event: 'started' | 'secured'; readonly session: Session }
  | { readonly event: 'ended'; readonly session: LiveSession; readonly reason: EndReason; readonly seconds: number }
  | {
      readonly event: 'refused' | 'datagramRefused';
      readonly reason: RefusalReason;
      readonly peer: Endpoint;
      readonly local: Endpoint;
    }
  | { readonly event: 'received'; readonly session: Session; readonly item: LogFields }
  | { readonly event: 'failed'; readonly session: Session; readonly error: unknown }
  | { readonly event: 'datagram'; readonly direction: 'in' | 'out'; readonly bytes: number }
  | { readonly event: 'errored'; readonly peer: Endpoint; readonly error: unknown };

type Named<Name extends Seen['event']> = Seen extends infer One
  ? One extends { readonly event: infer Event }
    ? Name extends Event
      ? One
      : never
    : never
  : never;

export interface Recorder extends ListenerEvents {
  readonly seen: readonly Seen[];
  /** The first event of this name that nobody has taken yet, once it is there. */
  next<Name extends Seen['event']>(name: Name): Promise<Named<Name>>;
  count(name: Seen['event']): number;
}

/** Keeps what a listener tells, and lets a test wait for it. */
export function createRecorder(): Recorder {
  const seen: Seen[] = [];
  const taken = new Set<Seen>();
  const arrivals = new EventEmitter();
  const see = (one: Seen): void => {
    seen.push(one);
    arrivals.emit('seen');
  };
  return {
    seen,
    started: (session) => see({ event: 'started', session }),
    secured: (session) => see({ event: 'secured', session }),
    ended: (session, reason, seconds) => see({ event: 'ended', session, reason, seconds }),
    refused: (reason, peer, local) => see({ event: 'refused', reason, peer, local }),
    datagramRefused: (reason, peer, local) => see({ event: 'datagramRefused', reason, peer, local }),
    received: (session, item) => see({ event: 'received', session, item }),
    failed: (session, error) => see({ event: 'failed', session, error }),
    datagram: (direction, bytes) => see({ event: 'datagram', direction, bytes }),
    errored: (peer, error) => see({ event: 'errored', peer, error }),
    async next<Name extends Seen['event']>(name: Name) {
      for (;;) {
        const found = seen.find((one) => one.event === name && !taken.has(one));
        if (found !== undefined) {
          taken.add(found);
          return found as Named<Name>;
        }
        await once(arrivals, 'seen');
      }
    },
    count: (name) => seen.filter((one) => one.event === name).length,
  };
}

export interface ListenOptions {
  readonly service: Service;
  readonly plan?: Partial<ServicePlan>;
  readonly listen?: Partial<ListenPlan>;
  readonly idleMs?: number | null;
  readonly tls?: TlsAcceptor | null;
  readonly admission?: Admission;
  readonly guard?: DescriptorGuard;
  readonly authenticate?: ListenerOptions['authenticate'];
  /** Listens on this path instead of a loopback port. */
  readonly path?: string;
}

export interface Listening {
  readonly port: number;
  readonly events: Recorder;
  readonly sessions: SessionTable;
  readonly logs: readonly LogLine[];
  readonly listener: Listener;
}

type CreateListener = (options: ListenerOptions) => Promise<Listener>;

/** A listener on a socket that was bound elsewhere, as the master hands it to a worker. Closed at the test's end. */
export async function listen(t: Test, create: CreateListener, options: ListenOptions): Promise<Listening> {
  const { path } = options;
  const bound = new BoundSocket(
    (path === undefined ? { host: '127.0.0.1', port: 0 } : { path }) as net.BoundSocketOptions,
  );
  const { port = 0 } = path === undefined ? bound.address() : {};
  const local: Endpoint =
    path === undefined ? { address: '127.0.0.1', port, family: 'IPv4' } : { address: path, port: 0, family: 'unix' };
  const plan = servicePlan(options.plan);
  const events = createRecorder();
  const sessions = createSessionTable();
  const logs: LogLine[] = [];
  const listener = await create({
    fd: bound.fd(),
    local,
    plan,
    listen: listenPlan(path === undefined ? `tcp://127.0.0.1:${port}` : `unix:${path}`, options.listen),
    service: options.service,
    admission: options.admission ?? admissionOf(plan),
    idleMs: options.idleMs ?? null,
    tls: options.tls ?? null,
    sessions,
    events,
    guard: options.guard ?? idleGuard(),
    log: createFakeLogger(logs),
    authenticate: options.authenticate ?? (async () => null),
  });
  t.teardown(async () => {
    await listener.close();
    for (const session of sessions.values()) session.terminate('drain');
    // Without libc the listener had the descriptor itself, and has closed it.
    if (libc !== null) bound.close();
  });
  return { port, events, sessions, logs, listener };
}

/** Admission by the plan's limits, for everybody. */
export function admissionOf(plan: ServicePlan): Admission {
  return createAdmission({
    access: { allows: () => true },
    bans: { has: () => false },
    neverBan: null,
    sensor: null,
    hours: plan.access.hours,
    limits: plan.limits,
  });
}

function idleGuard(): DescriptorGuard {
  return createDescriptorGuard({ limit: 1_000_000, onPause() {}, onResume() {} });
}
