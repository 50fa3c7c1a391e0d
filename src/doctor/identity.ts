import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import type { DaemonPlan, ServicePlan } from '../contract/plan.ts';
import { permits, type Reader, type Want } from '../system/may-read.ts';
import { defaultUser, findGroup, findGroupsOf, findUser } from '../system/users.ts';

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
    return { name: `user ${own}`, uid: own, gid: ownGroup, groups };
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

/**
 * The place at which an identity is stopped on its way to a path, with all that it lacks there; null: at none. By permission bits alone:
 * lists of access and security modules may say otherwise. Throws where there is no such path.
 */
export function whereStopped(path: string, wants: readonly Want[], identity: Identity): Stop | null {
  const real = realpathSync(path);
  for (let place = dirname(real); ; place = dirname(place)) {
    if (!permits(statSync(place), 'enter', identity)) return { place, lacks: ['enter'] };
    if (place === dirname(place)) break;
  }
  const stats = statSync(real);
  const lacks = wants.filter((want) => !permits(stats, want, identity));
  if (lacks.length > 0) return { place: real, lacks };
  return wants.includes('write') && isReadOnly(real) ? { place: real, lacks: ['write'] } : null;
}

/** The path, or the nearest folder above it that is there. */
export function firstThatExists(path: string): string {
  return existsSync(path) ? path : firstThatExists(dirname(path));
}

/** A file system that is mounted so: the bits do not tell. */
function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}
