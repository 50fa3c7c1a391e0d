import { ExitError, exitCodes } from '../contract/errors.ts';
import type { DaemonPlan, ServicePlan } from '../contract/plan.ts';
import { defaultUser, findGroup, findUser } from '../system/users.ts';

export interface Identity {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
}

/** Who the workers of the main pool are: only root can be anybody else. null: as we are. */
export function workerIdentity(daemon: DaemonPlan): Identity | null {
  if (process.getuid?.() !== 0) return null;
  return resolveIdentity(daemon.user ?? defaultUser(), daemon.group);
}

/** Who the workers of a service with `user:` are. Throws ExitError 77 where that needs root. */
export function serviceIdentity(service: ServicePlan, daemon: DaemonPlan): Identity | null {
  if (service.user === null) return workerIdentity(daemon);
  const identity = resolveIdentity(service.user, service.group);
  if (process.getuid?.() === 0) return identity;
  if (identity !== null && identity.uid === process.getuid?.()) return null;
  throw new ExitError(
    exitCodes.permission,
    `service ${service.name}: user: ${service.user} needs a daemon started as root`,
  );
}

/** null for root itself, which has nothing to give up. */
function resolveIdentity(name: string, group: string | null): Identity | null {
  const user = findUser(name);
  if (user === null) throw new ExitError(exitCodes.config, `there is no user ${name}`);
  const gid = group === null ? user.gid : findGroup(group);
  if (gid === null) throw new ExitError(exitCodes.config, `there is no group ${group}`);
  return user.uid === 0 ? null : { user: user.name, uid: user.uid, gid };
}
