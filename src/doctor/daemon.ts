import { checkState } from '../config/check-state.ts';
import { findWarnings } from '../config/warnings.ts';
import type { Status } from '../contract/control.ts';
import type { Plan } from '../contract/plan.ts';
import { libc } from '../system/libc.ts';
import type { Finding, Patient } from './finding.ts';

const check = 'daemon';

/** What the daemon says of itself, and what the configuration makes it do. */
export function checkDaemon({ plan, status }: Patient): readonly Finding[] {
  return [...ofStatus(status), ...ofPlan(plan)];
}

function ofStatus(status: Status | null): readonly Finding[] {
  if (status === null) {
    return [
      { severity: 'note', check, message: 'the daemon is not running', fix: 'portico run, or systemctl start portico' },
    ];
  }
  const failed = status.services
    .filter(({ state }) => state === 'failed')
    .map(({ name, error }): Finding => ({
      severity: 'error',
      check,
      message: `the service ${name} has failed: ${error ?? 'the log says why'}`,
      fix: 'mend what it says, then portico reload',
    }));
  const restarted = status.workers
    .filter(({ restarts }) => restarts > 0)
    .map(({ pool, restarts }): Finding => ({
      severity: 'warning',
      check,
      message: `a worker of the pool ${pool} was replaced ${restarts === 1 ? 'once' : `${restarts} times`} since the start`,
      fix: 'look for worker.exit in the log; isolate: true gives a service a process of its own',
    }));
  const stuck = (status.deliveries ?? [])
    .filter(({ failed: count }) => count > 0)
    .map(({ name, failed: count }): Finding => ({
      severity: 'warning',
      check,
      message: `${count === 1 ? '1 thing' : `${count} things`} could not be delivered by ${name}`,
      fix: `portico deliveries list --delivery ${name} --state failed, then retry or drop`,
    }));
  return [...failed, ...restarted, ...stuck];
}

function ofPlan(plan: Plan): readonly Finding[] {
  const { mistakes, warnings } = checkState(plan);
  return [
    ...mistakes.map((message): Finding => ({ severity: 'error', check, message, fix: null })),
    ...warnings.map((message): Finding => ({
      severity: 'warning',
      check,
      message,
      fix: 'portico user add NAME makes it',
    })),
    ...findWarnings(plan).map((message): Finding => ({
      severity: 'warning',
      check,
      message,
      fix: null,
    })),
    ...(libc === null
      ? [
          {
            severity: 'note',
            check,
            message: 'Node.js has no node:ffi here: no upgrade in place, and a worker that ends closes its UDP sockets',
            fix: 'use the Node.js that comes with the package',
          } as const,
        ]
      : []),
  ];
}
