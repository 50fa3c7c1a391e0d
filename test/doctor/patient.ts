import { existsSync, readFileSync, statSync } from 'node:fs';

import type { Status } from '../../src/contract/control.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { Finding, Patient } from '../../src/doctor/finding.ts';
import { isReadOnly } from '../../src/doctor/identity.ts';
import { plan } from '../support/plans.ts';

/** What a doctor looks at. */
export function patient(more: Partial<Plan> = {}, status: Status | null = null): Patient {
  return { plan: plan(more), status };
}

/** "error: ports: …", without what mends it. */
export function told(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ severity, message }) => `${severity}: ${message}`);
}

export function statusOf(more: Partial<Status> = {}): Status {
  return {
    name: 'portico',
    version: '0.1.0',
    pid: 1,
    started: '2026-01-01T00:00:00.000Z',
    generation: 1,
    state: 'running',
    config: '/etc/portico/daemon.config.yaml',
    admin: null,
    workers: [],
    services: [],
    deliveries: [],
    ...more,
  };
}

/** A folder on a file system that is mounted read-only; null: there is none here. */
export function readOnlyPlace(): string | null {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const places = mounts.flatMap((line) => {
    const [, place = '', , options = ''] = line.split(' ');
    return options.split(',').includes('ro') ? [place] : [];
  });
  return places.find((place) => existsSync(place) && statSync(place).isDirectory() && isReadOnly(place)) ?? null;
}
