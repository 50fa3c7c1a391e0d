import { isDeepStrictEqual } from 'node:util';

import type { AddressPlan, CertificatePlan, ListenPlan, Plan, ServicePlan } from '../contract/plan.ts';

export type Change = 'kept' | 'new' | 'changed' | 'gone';

/** What a new plan means for what is running, by key. */
export interface Difference {
  /** Pools of workers, by `poolOf`. A changed one is started anew. */
  readonly pools: ReadonlyMap<string, Change>;
  /** Sockets, by `socketsOf`. A changed one keeps its address but needs other settings. */
  readonly sockets: ReadonlyMap<string, Change>;
  readonly admin: Change | 'none';
}

/** `current` is null at the start, when everything is new. Services that are not enabled have neither pool nor socket. */
export function comparePlans(current: Plan | null, next: Plan): Difference {
  const pools = compare(current === null ? new Map() : contentsOfPools(current), contentsOfPools(next));
  const sockets = compare(current === null ? new Map() : socketsOf(current), socketsOf(next));
  return { pools, sockets, admin: compareOne(current?.admin ?? undefined, next.admin ?? undefined) ?? 'none' };
}

/**
 * The pool that serves a service: "main", "user:NAME", "user:NAME:GROUP", or its own, called like itself. Where not all groups are
 * its user's, there is "/primary" or "+GROUP+GROUP" behind it: no name of an account has such characters.
 */
export function poolOf(service: Pick<ServicePlan, 'name' | 'isolate' | 'user' | 'group' | 'groups'>): string {
  const { name, isolate, user, group, groups } = service;
  if (isolate) return name;
  if (user === null) return 'main';
  const owner = group === null ? `user:${user}` : `user:${user}:${group}`;
  if (groups === undefined) return owner;
  return groups.length === 0 ? `${owner}/primary` : [owner, ...new Set(groups.toSorted())].join('+');
}

/** All sockets of a plan with what is set on them. Every port 0 is a socket of its own. */
export function socketsOf(plan: Plan): ReadonlyMap<string, SocketSettings> {
  const sockets = new Map<string, SocketSettings>();
  for (const service of enabledServices(plan)) {
    for (const [index, listen] of service.listen.entries()) {
      const address = addressKey(listen);
      const isAnyPort = listen.port === 0 && listen.host !== '';
      sockets.set(isAnyPort ? `${address}#${service.name}/${index}` : address, settingsOf(listen));
    }
  }
  return sockets;
}

export type SocketSettings = Pick<ListenPlan, 'mode' | 'broadcast' | 'multicast'>;

/** TLS is spoken on a tcp socket: turning it on or off does not change the socket. */
function addressKey({ kind, host, port, path, name }: AddressPlan): string {
  if (kind === 'unix') return `unix:${path}`;
  if (kind === 'socket') return `socket:${name}`;
  return `${kind === 'udp' ? 'udp' : 'tcp'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function settingsOf({ mode, broadcast, multicast }: ListenPlan): SocketSettings {
  return { mode, broadcast, multicast };
}

/** All that the workers of a pool are told. */
interface PoolContents {
  readonly daemon: Plan['daemon'];
  readonly hasAccounts: boolean;
  readonly logging: Plan['logging'];
  readonly certificates: Readonly<Record<string, CertificatePlan>>;
  readonly services: readonly ServicePlan[];
}

function contentsOfPools(plan: Plan): ReadonlyMap<string, PoolContents> {
  const byPool = Map.groupBy(enabledServices(plan), poolOf);
  return new Map(
    [...byPool].map(([pool, services]) => {
      const { daemon, logging } = plan;
      const sorted = services.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const certificates = certificatesOf(plan, services);
      return [pool, { daemon, hasAccounts: plan.accounts.length > 0, logging, certificates, services: sorted }];
    }),
  );
}

/** Certificates that the services name, and "default", which serves where none is named. */
function certificatesOf(plan: Plan, services: readonly ServicePlan[]): Readonly<Record<string, CertificatePlan>> {
  const names = new Set(
    services.flatMap(({ tls, listen }) => {
      const own = listen.map(({ certificate }) => certificate).filter((name) => name !== null);
      return [...(tls.certificates.length === 0 ? ['default'] : tls.certificates), ...own];
    }),
  );
  return Object.fromEntries(Object.entries(plan.certificates).filter(([name]) => names.has(name)));
}

function enabledServices(plan: Plan): ServicePlan[] {
  return plan.services.filter((service) => service.enabled);
}

function compare<T>(current: ReadonlyMap<string, T>, next: ReadonlyMap<string, T>): ReadonlyMap<string, Change> {
  const keys = new Set([...current.keys(), ...next.keys()]);
  const changes = new Map<string, Change>();
  for (const key of keys) {
    const change = compareOne(current.get(key), next.get(key));
    if (change !== null) changes.set(key, change);
  }
  return changes;
}

function compareOne<T>(current: T | undefined, next: T | undefined): Change | null {
  if (current === undefined) return next === undefined ? null : 'new';
  if (next === undefined) return 'gone';
  // A plan that went through JSON has no members that are undefined.
  return isDeepStrictEqual(plain(current), plain(next)) ? 'kept' : 'changed';
}

function plain<T>(value: T): unknown {
  return JSON.parse(JSON.stringify(value));
}
