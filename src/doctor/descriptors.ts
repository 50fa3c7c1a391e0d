import { poolOf } from '../config/difference.ts';
import { descriptorLimit } from '../system/descriptor-limit.ts';
import type { Finding, Patient } from './finding.ts';

// Listening sockets, log files, channels, what Node.js itself has open.
const ownDescriptors = 64;

/** Whether a worker may have as many descriptors as its services take connections. */
export function checkDescriptors({ plan }: Patient, limit: number = descriptorLimit()): readonly Finding[] {
  const needs = new Map<string, number>();
  for (const service of plan.services.filter(({ enabled }) => enabled)) {
    const pool = poolOf(service);
    // Each of several workers takes its share.
    const share = Math.ceil(service.limits.connections / plan.daemon.workers);
    needs.set(pool, (needs.get(pool) ?? ownDescriptors) + share);
  }
  return [...needs]
    .filter(([, needed]) => needed > limit)
    .map(([pool, needed]) => ({
      severity: 'warning',
      check: 'descriptors',
      message: `the services of the pool ${pool} may have ${needed} connections and files at once, and a process here may have ${limit}: then it stops accepting for a while`,
      fix: `LimitNOFILE=${roundUp(needed)} in the unit, ulimit -n ${roundUp(needed)} before the start, or lower limits.connections`,
    }));
}

function roundUp(count: number): number {
  return 2 ** Math.ceil(Math.log2(count + 1));
}
