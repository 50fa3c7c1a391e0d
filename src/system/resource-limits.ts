import type { ResourceLimits, ResourceName } from '../contract/program.ts';
import { checked, needLibc } from './system-error.ts';

// Linux's numbers: the same on x86-64 and arm64.
const numbers: Readonly<Record<ResourceName, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  processes: 6,
  files: 7,
  memlock: 8,
  as: 9,
};

const infinity = 0xffff_ffff_ffff_ffffn;
// struct rlimit: the soft limit, then the hard one.
const pair = new BigUint64Array(2);
const before = new BigUint64Array(2);

/** prlimit(2): sets the soft and the hard limits of a process. Throws when one is not permitted, or there is no such process. */
export function limitResources(pid: number, limits: ResourceLimits): void {
  const c = needLibc("limiting a program's resources");
  for (const [name, value] of Object.entries(limits) as [ResourceName, number | null][]) {
    pair.fill(value === null ? infinity : BigInt(value));
    checked(c, c.prlimit(pid, numbers[name], pair, before), `limit ${name} to ${value ?? 'nothing'}`);
  }
}
