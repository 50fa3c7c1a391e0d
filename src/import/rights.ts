import type { ResourceName } from '../contract/program.ts';
import { duration, size } from '../contract/options.ts';
import type { Draft } from './draft.ts';
import type { Machine } from './machine.ts';

/** LimitNOFILE in our unit. */
export const descriptorsOfUnit = 65_536;

/**
 * inetd's successors set niceness and limits as root, before they become the service's user; our workers are that user already, and
 * what only root may do would keep them from starting the program at all.
 */
export function leaveToRoot(draft: Draft, machine: Machine): void {
  const { user, options } = draft;
  if (user === null || user === 'root') return;
  const { nice, rlimits, ...rest } = options;
  const mayNice = typeof nice !== 'number' || nice >= 0;
  if (!mayNice)
    draft.remarks.push(
      `left out: nice ${nice}, because its user "${user}" may not go below 0 here, and no program would be started`,
    );
  const kept = Object.entries((rlimits ?? {}) as Readonly<Record<ResourceName, string | number>>).filter(
    ([name, value]) => {
      const most = mostOf(name as ResourceName, machine);
      if (amountOf(name as ResourceName, value) <= most) return true;
      draft.remarks.push(
        `left out: rlimits.${name} ${value}, because its user "${user}" may not go above the daemon's own ${shown(name as ResourceName, most)}, and no program would be started`,
      );
      return false;
    },
  );
  draft.options = {
    ...rest,
    ...(nice !== undefined && mayNice ? { nice } : {}),
    ...(kept.length === 0 ? {} : { rlimits: Object.fromEntries(kept) }),
  };
}

function mostOf(name: ResourceName, machine: Machine): number {
  const most = machine.hardLimit(name);
  return name === 'files' ? Math.min(most, descriptorsOfUnit) : most;
}

function amountOf(name: ResourceName, value: string | number): number {
  if (value === 'unlimited') return Infinity;
  if (typeof value === 'number') return value;
  return name === 'cpu' ? duration().parse(value) / 1000 : size().parse(value);
}

function shown(name: ResourceName, most: number): string {
  if (name === 'cpu') return `${most}s`;
  return name === 'files' || name === 'processes' ? `${most}` : `${most}B`;
}
