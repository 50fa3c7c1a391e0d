import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import type { DaemonPlan, ServicePlan } from '../contract/plan.ts';
import { lackingAsUser } from '../system/lacking-as-user.ts';
import { permits, type Reader, type Want } from '../system/may-read.ts';
import { defaultUser, findGroup, findGroupsOf, findUser, nameOfUser } from '../system/users.ts';

/** Who a process will be. */
export interface Identity extends Reader {
  readonly name: string;
  readonly groups: ReadonlySet<number>;
}

/** Who serves a service; null: there is no such user. Who is no root serves as who he is. */
export function identityOf(
  service: Pick<ServicePlan, 'user' | 'group' | 'groups'>,
  daemon: Pick<DaemonPlan, 'user' | 'group'>,
): Identity | null {
  const own = process.getuid?.() ?? 0;
  const ownGroup = process.getgid?.() ?? 0;
  if (own !== 0) {
    const groups = new Set([ownGroup, ...(process.getgroups?.() ?? [])]);
    return { name: describeUser(own), uid: own, gid: ownGroup, groups };
  }
  const user = findUser(service.user ?? daemon.user ?? defaultUser());
  if (user === null) return null;
  const group = service.user === null ? daemon.group : service.group;
  const gid = (group === null ? null : findGroup(group)) ?? user.gid;
  // Without a user of its own, a service has no groups of its own.
  const chosen = service.user === null ? undefined : service.groups;
  const groups = chosen === undefined ? findGroupsOf(user.name) : chosen.flatMap((name) => findGroup(name) ?? []);
  return { name: user.name, uid: user.uid, gid, groups: new Set([gid, ...groups]) };
}

/** Who has no service of his own: the registry, the courier. */
export function daemonIdentity(daemon: Pick<DaemonPlan, 'user' | 'group'>): Identity | null {
  return identityOf({ user: null, group: null }, daemon);
}

/** A place, and what an identity lacks there. */
export interface Stop {
  readonly place: string;
  readonly lacks: readonly Want[];
}

/** By name; "user 4711" where the number has none. */
export function describeUser(uid: number): string {
  return nameOfUser(uid) ?? `user ${uid}`;
}

/**
 * The place at which an identity is stopped on its way to a path, with all that it lacks there; null: at none. Where the permission
 * bits say that it is, the kernel is asked if it can be: a list of access may let it in. Throws where there is no such path.
 */
export function whereStopped(path: string, wants: readonly Want[], identity: Identity): Stop | null {
  const real = realpathSync(path);
  const way = [...foldersAbove(real).map((place) => ({ place, wants: ['enter'] as const })), { place: real, wants }];
  const stopped = (lacking: readonly (readonly Want[])[]): Stop | null => {
    const at = lacking.findIndex(({ length }) => length > 0);
    return at === -1 ? null : { place: way[at]?.place ?? real, lacks: lacking[at] ?? [] };
  };
  const byBits = stopped(
    way.map((each) => {
      const stats = statSync(each.place);
      return each.wants.filter((want) => !permits(stats, want, identity));
    }),
  );
  if (byBits === null) return null;
  const asked = lackingAsUser(way, identity);
  return asked === null ? byBits : stopped(asked);
}

/** From the root on. */
function foldersAbove(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [...foldersAbove(above), above];
}

/** The path, or the nearest folder above it that is there. */
export function firstThatExists(path: string): string {
  return existsSync(path) ? path : firstThatExists(dirname(path));
}

/** On a file system that is mounted so: the bits do not tell. */
export function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}
