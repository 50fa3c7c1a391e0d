import type { ResourceName } from '../contract/program.ts';
import { hardLimit } from '../system/hard-limits.ts';
import { findPort } from '../system/ports.ts';
import { findGroup, findUser, nameOfGroup, nameOfUser } from '../system/users.ts';

/** What has to be asked of the machine: a configuration may only name what is there. */
export interface Machine {
  findPort(name: string, protocol: 'tcp' | 'udp'): number | null;
  hasUser(name: string): boolean;
  hasGroup(name: string): boolean;
  /** Of the user or group that has a number; null: none has it. */
  nameOfUser(uid: number): string | null;
  nameOfGroup(gid: number): string | null;
  /** What a process may have at most that is not root's, in bytes, seconds or pieces; Infinity: as much as it wants. */
  hardLimit(name: ResourceName): number;
}

export const thisMachine: Machine = {
  findPort,
  hasUser: (name) => findUser(name) !== null,
  hasGroup: (name) => findGroup(name) !== null,
  nameOfUser,
  nameOfGroup,
  hardLimit,
};
