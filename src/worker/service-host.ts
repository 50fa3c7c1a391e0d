import fs from 'node:fs';
import { isAbsolute } from 'node:path';

import type { CertificatePairs, WorkerService, WorkerSocket } from '../contract/channel.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import { withBase } from '../contract/options.ts';
import type { AccessPlan, LimitsPlan, ListenPlan } from '../contract/plan.ts';
import type { Challenge } from '../contract/registry.ts';
import type { ServiceContext, ServiceModule } from '../contract/service.ts';
import { createAccess, type Access, type ConfirmedNames } from '../listeners/access.ts';
import { createAdmission } from '../listeners/admission.ts';
import { createDatagramListener } from '../listeners/datagram.ts';
import type { DescriptorGuard } from '../listeners/descriptor-guard.ts';
import type { Listener, ListenerEvents, ListenerOptions } from '../listeners/listener.ts';
import type { SessionTable } from '../listeners/session-table.ts';
import type { BanList } from '../listeners/ban-list.ts';
import { createStreamListener } from '../listeners/stream.ts';
import { createTlsAcceptor, type CertificatePair, type TlsAcceptor } from '../listeners/tls.ts';
import { createWholeSocket } from '../listeners/whole-socket.ts';
import { libc } from '../system/libc.ts';
import { sayingWhoMayNot } from '../system/saying-who-may-not.ts';
import type { Authenticate } from './authenticate.ts';

/** One service of this worker with its listeners. */
export interface ServiceHost {
  readonly name: string;
  /** Ports of sockets that the worker had to bind for itself, by index in `listen`. */
  readonly bound: ReadonlyMap<number, number>;
  /** Whether things may come in. */
  readonly receives: boolean;
  /** Accepts nothing new. */
  close(): Promise<void>;
  stop(): Promise<void>;
  updateCertificates(pairs: CertificatePairs): void;
  showChallenges(challenges: readonly Challenge[]): void;
}

export interface ServiceHostOptions {
  readonly plan: WorkerService;
  readonly module: ServiceModule;
  readonly context: ServiceContext;
  readonly events: ListenerEvents;
  readonly certificates: CertificatePairs;
  readonly ticketKeys: Buffer;
  readonly sessions: SessionTable;
  readonly guard: DescriptorGuard;
  readonly confirmedNames: ConfirmedNames;
  readonly bans: BanList;
  readonly challenges: readonly Challenge[];
  readonly authenticate: Authenticate;
  /** Somebody has come to a service that is a trap. */
  touched(peer: Endpoint): void;
  /** Workers that share the service's sockets: each enforces its share of the limits. */
  readonly workers: number;
}

const defaultIdleMs = 300_000;

export async function createServiceHost(options: ServiceHostOptions): Promise<ServiceHost> {
  const { plan, module, context } = options;
  const parsed = withBase(plan.base, () => module.options.parse(plan.options ?? {}));
  const service = await sayingWhoMayNot(() => module.create(parsed, context));
  const limits = shareOf(plan.limits, options.workers);
  const shared = {
    plan,
    service,
    admission: createAdmission({
      access: createAccess(plan.access, options.confirmedNames),
      bans: options.bans,
      neverBan: neverBannedBy(plan.access, options.confirmedNames),
      sensor: plan.sensor ? options.touched : null,
      hours: plan.access.hours,
      limits,
    }),
    idleMs:
      plan.limits.idle === undefined
        ? module.defaults?.idle === undefined
          ? defaultIdleMs
          : module.defaults.idle
        : plan.limits.idle,
    sessions: options.sessions,
    events: options.events,
    guard: options.guard,
    log: context.log,
    authenticate: options.authenticate,
  };
  const acceptors = new Map<string | null, TlsAcceptor>();
  const listeners: Listener[] = [];
  const bound = new Map<number, number>();
  try {
    for (const socket of plan.sockets) {
      const listen = plan.listen[socket.listen] as ListenPlan;
      const listener = await open(
        { ...shared, listen, local: localOf(socket), fd: socket.fd ?? -1, tls: acceptorOf(listen) },
        socket,
      );
      listeners.push(listener);
      if (socket.fd === null && 'port' in listener) bound.set(socket.listen, listener.port as number);
    }
  } catch (error) {
    await service.stop?.();
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  return {
    name: plan.name,
    bound,
    receives: module.receives?.(parsed, plan.deliver) ?? (isAbsolute(plan.type) && plan.deliver.length > 0),
    async close() {
      const isLate = (listener: Listener): boolean => service.opened !== undefined && 'port' in listener;
      await Promise.all(listeners.filter((listener) => !isLate(listener)).map((listener) => listener.close()));
      // The inherited descriptors too, or else a socket that the master has given up would go on taking connections
      // that nobody serves. Without libc the listeners had no duplicates and have closed them.
      if (libc !== null) for (const { fd } of plan.sockets) if (fd !== null) fs.closeSync(fd);
      await service.drain?.();
      await Promise.all(listeners.filter(isLate).map((listener) => listener.close()));
    },
    async stop() {
      await service.stop?.();
    },
    updateCertificates(pairs) {
      for (const [own, acceptor] of acceptors) acceptor.update(pairsFor(plan, own, pairs));
    },
    showChallenges(challenges) {
      for (const acceptor of acceptors.values()) acceptor.setChallenges(tlsChallenges(challenges));
    },
  };

  /** Also for services on plain addresses, because they may start TLS later; null where there is no certificate. */
  function acceptorOf(listen: ListenPlan): TlsAcceptor | null {
    const known = acceptors.get(listen.certificate);
    if (known !== undefined) return known;
    const pairs = pairsFor(plan, listen.certificate, options.certificates);
    if (pairs.length === 0) {
      // Never in clear where TLS was asked for.
      if (listen.kind === 'tls') throw new Error(`${listen.text} has no certificate`);
      return null;
    }
    const acceptor = createTlsAcceptor({
      pairs,
      plan: plan.tls,
      clientCa: plan.clientCa,
      ticketKeys: options.ticketKeys,
      remembersSessions: service.hasDataConnections === true,
    });
    acceptor.setChallenges(tlsChallenges(options.challenges));
    acceptors.set(listen.certificate, acceptor);
    return acceptor;
  }
}

function tlsChallenges(challenges: readonly Challenge[]): Extract<Challenge, { kind: 'tls-alpn-01' }>[] {
  return challenges.filter((challenge) => challenge.kind === 'tls-alpn-01');
}

/** null where nobody is exempt, so that nobody has to be asked. */
function neverBannedBy(access: AccessPlan, confirmedNames: ConfirmedNames): Access | null {
  if (access.neverBan.length === 0) return null;
  return createAccess({ ...access, allow: access.neverBan, deny: [] }, confirmedNames);
}

async function open(options: ListenerOptions, socket: WorkerSocket): Promise<Listener> {
  const { service, plan } = options;
  if (service.socket !== undefined) return createWholeSocket(options, socket.transport);
  if (socket.transport === 'stream') {
    if (service.connection === undefined) throw new Error(`service ${plan.name} takes no connections`);
    return createStreamListener(options);
  }
  if (service.datagram === undefined) throw new Error(`service ${plan.name} takes no datagrams`);
  return createDatagramListener(options);
}

function localOf(socket: WorkerSocket): Endpoint {
  return { address: socket.address, port: socket.port, family: socket.family };
}

/** The listener's own certificate first, then the service's others, then "default" where nothing was named. */
function pairsFor(plan: WorkerService, own: string | null, pairs: CertificatePairs): CertificatePair[] {
  const named = [...(own === null ? [] : [own]), ...plan.tls.certificates];
  const names = named.length === 0 ? ['default'] : [...new Set(named)];
  return names.map((name) => pairs[name]).filter((pair): pair is CertificatePair => pair !== undefined);
}

function shareOf(limits: LimitsPlan, workers: number): LimitsPlan {
  const share = (count: number): number => Math.ceil(count / workers);
  return {
    ...limits,
    connections: share(limits.connections),
    perSource: limits.perSource === null ? null : share(limits.perSource),
    rate: limits.rate === null ? null : { ...limits.rate, count: share(limits.rate.count) },
    ratePerSource:
      limits.ratePerSource === null ? null : { ...limits.ratePerSource, count: share(limits.ratePerSource.count) },
  };
}
