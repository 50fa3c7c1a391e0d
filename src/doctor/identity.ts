import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

import type { DaemonPlan, ServicePlan } from '../contract/plan.ts';
import { defaultUser, findGroup, findUser } from '../system/users.ts';

/** Who a process will be. */
export interface Identity {
  readonly name: string;
  readonly uid: number;
  /** The main group. */
  readonly gid: number;
  readonly groups: ReadonlySet<number>;
}

/** Who serves a service; null: there is no such user. Who is no root serves as who he is. */
export function identityOf(
  service: Pick<ServicePlan, 'user' | 'group'>,
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
  return { name: user.name, uid: user.uid, gid, groups: new Set([gid, ...groupsOf(user.name)]) };
}

/** Who has no service of his own: the registry, the courier. */
export function daemonIdentity(daemon: Pick<DaemonPlan, 'user' | 'group'>): Identity | null {
  return identityOf({ user: null, group: null }, daemon);
}

/** group(5): those that name the user as a member. */
function groupsOf(name: string): readonly number[] {
  const lines = readFileSync('/etc/group', 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, , gid = '', members = ''] = line.split(':');
    return members.split(',').includes(name) ? [Number(gid)] : [];
  });
}

/** What may be wanted of a path: read it, write it, go into it or run it. */
export type Want = 'read' | 'write' | 'enter';

const bits: Readonly<Record<Want, number>> = { read: 4, write: 2, enter: 1 };

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
    if (!may(statSync(place), 'enter', identity)) return { place, lacks: ['enter'] };
    if (place === dirname(place)) break;
  }
  const stats = statSync(real);
  const lacks = wants.filter((want) => !may(stats, want, identity));
  if (lacks.length > 0) return { place: real, lacks };
  return wants.includes('write') && isReadOnly(real) ? { place: real, lacks: ['write'] } : null;
}

/** The path, or the nearest folder above it that is there. */
export function firstThatExists(path: string): string {
  return existsSync(path) ? path : firstThatExists(dirname(path));
}

function may({ mode, uid, gid }: Stats, want: Want, identity: Identity): boolean {
  if (identity.uid === 0) return want !== 'enter' || (mode & 0o111) !== 0;
  const shift = uid === identity.uid ? 6 : identity.groups.has(gid) ? 3 : 0;
  return ((mode >> shift) & bits[want]) !== 0;
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
