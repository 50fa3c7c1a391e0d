import { findPort } from '../system/ports.ts';
import { findGroup, findUser } from '../system/users.ts';

/** What has to be asked of the machine: a configuration may only name what is there. */
export interface Machine {
  findPort(name: string, protocol: 'tcp' | 'udp'): number | null;
  hasUser(name: string): boolean;
  hasGroup(name: string): boolean;
}

export const thisMachine: Machine = {
  findPort,
  hasUser: (name) => findUser(name) !== null,
  hasGroup: (name) => findGroup(name) !== null,
};
