import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

import type { CertificatePairs, StartMessage, WorkerService, WorkerSocket } from '../contract/channel.ts';
import type { Ban } from '../contract/ban.ts';
import type { AddressPlan, ListenPlan, Plan, ServicePlan } from '../contract/plan.ts';
import { comparePlans, poolOf } from '../config/difference.ts';
import { newSessionId } from '../listeners/session-id.ts';
import type { Challenge } from '../contract/registry.ts';
import { serviceIdentity, workerIdentity, type Identity } from './identity.ts';
import { acmeName, acmeService } from './acme-plan.ts';
import { courierName, courierService } from './courier-plan.ts';
import { isOwnPool, ownService } from './own-service.ts';
import { registryName, registryService } from './registry-plan.ts';
import type { HeldSocket, Wanted } from './sockets.ts';
import { firstInherited } from './worker-process.ts';

/** What one pool of a plan consists of. */
export interface PoolPlan {
  readonly name: string;
  readonly services: readonly ServicePlan[];
  readonly identity: Identity | null;
  readonly workers: number;
  /** PEM of the authorities that its services take peers' certificates from, by path. */
  readonly authorities: Readonly<Record<string, string>>;
}

/** The pool of the admin listener, which is a service of the house; a configured name cannot begin like this. */
export const adminName = '@admin';

/** Services of a pool, as the first plan that has them says. */
export function servicesOf(plans: readonly Plan[], pool: string): readonly ServicePlan[] {
  return plans.flatMap(({ services }) => services.filter((service) => service.enabled && poolOf(service) === pool));
}

/** The pools of a plan in the order of its services, those of the house last. */
export function poolPlans(plan: Plan): readonly PoolPlan[] {
  const pools = new Map<string, ServicePlan[]>();
  for (const service of plan.services) {
    if (!service.enabled) continue;
    const name = poolOf(service);
    pools.set(name, [...(pools.get(name) ?? []), service]);
  }
  const own = [...pools].map(([name, services]) => ({
    name,
    services,
    identity: serviceIdentity(services[0] as ServicePlan, plan.daemon),
    workers: plan.daemon.workers,
    authorities: readAuthorities(services),
  }));
  const ofHouse = [
    plan.admin === null ? null : adminService(plan.admin),
    acmeService(plan),
    courierService(plan),
    registryService(plan),
  ].filter((service) => service !== null);
  return [
    ...own,
    ...ofHouse.map((service) => ({
      name: service.name,
      services: [service],
      identity: workerIdentity(plan.daemon),
      workers: 1,
      authorities: {},
    })),
  ];
}

function readAuthorities(services: readonly ServicePlan[]): Record<string, string> {
  const paths = services.flatMap(({ tls }) => (tls.clientCa === null ? [] : [tls.clientCa]));
  return Object.fromEntries(paths.map((path) => [path, fs.readFileSync(path, 'utf8')]));
}

/** Of all certificates those that the pool serves: no worker holds a key that it has no use for. */
export function certificatesFor(pool: PoolPlan, pairs: CertificatePairs): CertificatePairs {
  const names = new Set(
    pool.services.flatMap(({ name, tls, listen }) => {
      if (isOwnPool(name)) return [];
      const own = listen.flatMap(({ certificate }) => (certificate === null ? [] : [certificate]));
      // "default" serves every address that names none.
      return ['default', ...own, ...tls.certificates];
    }),
  );
  return Object.fromEntries(Object.entries(pairs).filter(([name]) => names.has(name)));
}

/** Every address of the plan that needs a socket. */
export function wantedSockets(pools: readonly PoolPlan[]): Wanted[] {
  return pools.flatMap((pool) =>
    pool.services.flatMap((service) =>
      service.listen.map((listen, index) => ({ service: service.name, index, listen })),
    ),
  );
}

/**
 * The pools whose workers would be told the same as before, if the files that the plan names are the same. One with a user's module never is among them: its file, or
 * one that it imports, may have changed.
 */
export function unchangedPools(before: Plan, after: Plan): ReadonlySet<string> {
  const { pools, admin } = comparePlans(before, after);
  const withModules = new Set(after.services.filter(runsOwnCode).map(poolOf));
  const kept = [...pools].filter(([name, change]) => change === 'kept' && !withModules.has(name)).map(([name]) => name);
  if (!isDeepStrictEqual([before.logging, before.daemon], [after.logging, after.daemon])) return new Set(kept);
  // What those two are told is compared as it was: files that are part of it may be gone by now.
  return new Set([...kept, ...(admin === 'kept' ? [adminName] : []), acmeName, courierName, registryName]);
}

function runsOwnCode({ type, usesModules }: ServicePlan): boolean {
  return type.startsWith('/') || usesModules === true;
}

// The same in every worker of this master, so that each can resume the TLS sessions of the others.
const ticketKeys = randomBytes(48).toString('base64');

export interface StartMessageOptions {
  readonly plan: Plan;
  readonly pool: PoolPlan;
  readonly generation: number;
  /** Services of the pool that shall run in this worker. */
  readonly names: readonly string[];
  readonly sockets: ReadonlyMap<string, readonly HeldSocket[]>;
  readonly certificates: CertificatePairs;
  readonly logFiles: Readonly<Record<string, number>>;
  readonly bans: readonly Ban[];
  readonly challenges: readonly Challenge[];
}

/** What a worker is told at its start, and the descriptors that go with it, in the order of their numbers there. */
export function startMessage(options: StartMessageOptions): { start: StartMessage; inherit: number[] } {
  const { plan, pool, names, sockets } = options;
  const inherit: number[] = [];
  const inherited = (fd: number): number => firstInherited + inherit.push(fd) - 1;
  const services = pool.services
    .filter((service) => names.includes(service.name))
    .map((service): WorkerService => ({
      ...service,
      clientCa: service.tls.clientCa === null ? null : (pool.authorities[service.tls.clientCa] ?? null),
      sockets: service.listen.flatMap((_listen, index) =>
        (sockets.get(`${service.name}/${index}`) ?? []).map((socket): WorkerSocket => ({
          fd: socket.fd === null ? null : inherited(socket.fd),
          listen: index,
          transport: socket.transport,
          ...socket.local,
        })),
      ),
    }));
  const logFiles = Object.fromEntries(Object.entries(options.logFiles).map(([path, fd]) => [path, inherited(fd)]));
  const start: StartMessage = {
    type: 'start',
    id: newSessionId(),
    pool: pool.name,
    generation: options.generation,
    workers: pool.workers,
    identity: pool.identity,
    daemon: plan.daemon,
    hasAccounts: plan.accounts.length > 0,
    logging: plan.logging,
    certificates: certificatesFor(pool, options.certificates),
    bans: isOwnPool(pool.name) ? [] : options.bans,
    challenges: options.challenges,
    ticketKeys,
    services,
    logFiles,
  };
  return { start, inherit };
}

function adminService(listen: AddressPlan): ServicePlan {
  const own: ListenPlan = {
    ...listen,
    certificate: null,
    proxyProtocol: [],
    mode: 0o660,
    broadcast: false,
    multicast: [],
  };
  return ownService({
    name: adminName,
    type: 'admin',
    listen: [own],
    options: { hosts: listen.host === '' || listen.host === '*' ? [] : [listen.host] },
  });
}
