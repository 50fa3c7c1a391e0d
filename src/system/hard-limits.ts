import { readFileSync } from 'node:fs';

import type { ResourceName } from '../contract/program.ts';

/** How far this process may raise a limit of its own without being root: bytes, seconds or a count. Infinity: at will, or unknown. */
export function hardLimit(name: ResourceName): number {
  try {
    return parseHardLimit(readFileSync('/proc/self/limits', 'latin1'), name);
  } catch {
    // No proc(5).
    return Infinity;
  }
}

/** From the text of /proc/PID/limits: a name, the soft limit, the hard one, and a unit. */
export function parseHardLimit(limits: string, name: ResourceName): number {
  const line = limits.split('\n').find((each) => each.startsWith(`${titles[name]} `)) ?? '';
  const [, hard] = line.slice(titles[name].length).trim().split(/\s+/);
  return hard !== undefined && /^\d+$/.test(hard) ? Number(hard) : Infinity;
}

const titles: Readonly<Record<ResourceName, string>> = {
  as: 'Max address space',
  core: 'Max core file size',
  cpu: 'Max cpu time',
  data: 'Max data size',
  files: 'Max open files',
  fsize: 'Max file size',
  memlock: 'Max locked memory',
  processes: 'Max processes',
  rss: 'Max resident set',
  stack: 'Max stack size',
};
