import type { CertificatePlan, Plan } from '../contract/plan.ts';
import { reasonOf } from '../contract/errors.ts';
import { spawnProgram } from '../system/spawn.ts';
import type { Accounts } from './accounts.ts';
import type { Applied } from './apply.ts';
import { filesOf } from './certificate-files.ts';
import type { Certificates } from './certificates.ts';
import type { MasterLog } from './master-log.ts';
import { certificatesFor } from './pool-plans.ts';
import type { RegistryLink } from './registry-link.ts';

export interface WatchedFiles {
  readonly plan: Plan;
  readonly certificates: Certificates;
  readonly accounts: Accounts;
  readonly registry: RegistryLink;
  readonly log: MasterLog;
  /** What is in force when something changes. */
  current(): Applied | null;
}

/** From now on, certificates and accounts that change are in effect without a reload. */
export function watchFiles({ plan, certificates, accounts, registry, log, current }: WatchedFiles): void {
  certificates.watch(plan, {
    changed(pairs, names) {
      for (const { pool, poolPlan } of current()?.pools ?? []) {
        const own = certificatesFor(poolPlan, pairs);
        for (const worker of pool.workers) worker.process.send({ type: 'certificates', certificates: own });
      }
      log.emit('certificate.renewed', { certificates: names.join(' ') });
      for (const name of names) runHook(name, plan, log);
    },
    failed: (name, reason) => log.emit('certificate.failed', { certificate: name === '' ? undefined : name, reason }),
  });
  accounts.watch(plan, {
    loaded(records, isFirst) {
      registry.useAccounts(records);
      if (!isFirst) log.emit('accounts.loaded', { accounts: records.length });
    },
    rejected: (reason) => log.emit('accounts.rejected', { reason }),
  });
}

/** The administrator's own program, with the master's rights: what it shall hand on may be readable for nobody else. */
function runHook(name: string, plan: Plan, log: MasterLog): void {
  const certificate = plan.certificates[name] as CertificatePlan;
  const [path, ...args] = certificate.kind === 'files' ? [] : certificate.command;
  if (path === undefined) return;
  const { cert, key } = filesOf(name, certificate, plan.daemon.state);
  const failed = (what: string): void =>
    log.emit('certificate.failed', { certificate: name, reason: `${path}: ${what}` });
  try {
    const child = spawnProgram({
      path,
      argv: [path, ...args],
      env: {
        PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        PORTICO_CERTIFICATE_NAME: name,
        PORTICO_CERTIFICATE: cert,
        PORTICO_KEY: key,
      },
      directory: '/',
      stdio: [null, null, null],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), hookMs);
    void child.exited.then(({ status, signal }) => {
      clearTimeout(timer);
      if (status !== 0) failed(signal === null ? `it ended with status ${status}` : `it was ended by ${signal}`);
    });
  } catch (error) {
    failed(reasonOf(error));
  }
}

const hookMs = 60_000;
