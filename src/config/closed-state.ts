import { existsSync } from 'node:fs';

import type { Plan } from '../contract/plan.ts';
import { mayEnter } from '../system/may-read.ts';
import { defaultUser, findGroup, findGroupsOf, findUser } from '../system/users.ts';

/** A folder of root's alone, or somebody's home: nothing that services keep can be kept there. Only root serves as somebody else. */
export function findClosedState({ daemon }: Pick<Plan, 'daemon'>): readonly string[] {
  if (process.getuid?.() !== 0 || !existsSync(daemon.state)) return [];
  const user = findUser(daemon.user ?? defaultUser());
  const gid = daemon.group === null ? user?.gid : findGroup(daemon.group);
  // Whom there is not, is told by itself.
  if (user === null || gid == null) return [];
  if (mayEnter(daemon.state, { uid: user.uid, gid, groups: findGroupsOf(user.name) })) return [];
  return [
    `${user.name}, who serves, may not go into ${daemon.state} or through a folder above it: mail, deliveries, logins and host keys need it. Put daemon.state elsewhere, or name another daemon.user`,
  ];
}
