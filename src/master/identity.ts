import type { WorkerIdentity } from '../contract/channel.ts';
import { ExitError, exitCodes } from '../contract/errors.ts';
import type { DaemonPlan, ServicePlan } from '../contract/plan.ts';
import { defaultUser, findGroup, findUser } from '../system/users.ts';

export type Identity = WorkerIdentity;

/** Who the workers of the main pool are: only root can be anybody else. null: as we are. */
export function workerIdentity(daemon: DaemonPlan): Identity | null {
  if (process.getuid?.() !== 0) return null;
  return resolveIdentity({ user: daemon.user ?? defaultUser(), group: daemon.group });
}

/** Who the workers of a service with `user:` are. Throws ExitError 77 where that needs root. */
export function serviceIdentity(service: ServicePlan, daemon: DaemonPlan): Identity | null {
  if (service.user === null) return workerIdentity(daemon);
  const { user, group, groups } = service;
  const identity = resolveIdentity({ user, group, groups });
  if (process.getuid?.() === 0) return identity;
  const isUs = identity !== null && identity.uid === process.getuid?.();
  if (isUs && (identity.groups === undefined || areOurs(identity.groups, identity.gid))) return null;
  const wanted = isUs ? 'groups' : `user: ${user}`;
  throw new ExitError(exitCodes.permission, `service ${service.name}: ${wanted} needs a daemon started as root`);
}

interface Named {
  readonly user: string;
  readonly group: string | null;
  /** Absent: all that the user has. */
  readonly groups?: readonly string[] | undefined;
}

/** null for root itself with all that it has: there is nothing to give up. */
function resolveIdentity({ user: name, group, groups }: Named): Identity | null {
  const user = findUser(name);
  if (user === null) throw new ExitError(exitCodes.config, `there is no user ${name}`);
  const gid = group === null ? user.gid : groupCalled(group);
  if (groups !== undefined) return { user: user.name, uid: user.uid, gid, groups: groups.map(groupCalled) };
  return user.uid === 0 && group === null ? null : { user: user.name, uid: user.uid, gid };
}

function groupCalled(name: string): number {
  const gid = findGroup(name);
  if (gid === null) throw new ExitError(exitCodes.config, `there is no group ${name}`);
  return gid;
}

/** Only root can change them. The main group may be among them or not: the system counts it in. */
function areOurs(groups: readonly number[], gid: number): boolean {
  const ours = new Set(process.getgroups?.() ?? []).add(gid);
  return ours.symmetricDifference(new Set(groups).add(gid)).size === 0;
}
