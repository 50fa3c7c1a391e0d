import { X509Certificate } from 'node:crypto';

import type { CertificatePairs } from '../contract/channel.ts';
import type { CertificatePlan, Plan } from '../contract/plan.ts';
import type { Accounts } from './accounts.ts';
import type { Applied } from './apply.ts';
import { runCertificateCommand } from './certificate-command.ts';
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
  const hand = (name: string, pair: CertificatePairs[string] | undefined): void => {
    if (pair === undefined) return;
    runCertificateCommand({
      name,
      pair,
      certificate: plan.certificates[name] as CertificatePlan,
      state: plan.daemon.state,
      failed: (reason, stderr) => log.emit('certificate.command', { certificate: name, reason, stderr }),
    });
  };
  certificates.watch(plan, {
    changed(pairs, names) {
      for (const { pool, poolPlan } of current()?.pools ?? []) {
        const own = certificatesFor(poolPlan, pairs);
        for (const worker of pool.workers) worker.process.send({ type: 'certificates', certificates: own });
      }
      for (const name of names) {
        const file = filesOf(name, plan.certificates[name] as CertificatePlan, plan.daemon.state).cert;
        log.emit('certificate.renewed', { certificate: name, file, fingerprint: fingerprintOf(pairs[name]?.cert) });
        hand(name, pairs[name]);
      }
    },
    issued({ name, file, fingerprint, isStandIn }) {
      if (name === null) return log.emit('certificate.issued', { message: 'local authority made', file, fingerprint });
      log.emit('certificate.issued', { certificate: name, file, fingerprint });
      // Others shall get what the public authority issues.
      if (!isStandIn) hand(name, certificates.load(plan)[name]);
    },
    failed: (name, reason) => log.emit('certificate.failed', { certificate: name === '' ? undefined : name, reason }),
  });
  accounts.watch(plan, {
    loaded(records, isFirst) {
      registry.useAccounts(records);
      if (!isFirst) log.emit('accounts.loaded', { accounts: records.length });
    },
    missing: (path) =>
      log.emit('accounts.rejected', { message: 'no accounts file', reason: `there is no file ${path} yet` }, 'warning'),
    rejected: (reason) => log.emit('accounts.rejected', { reason }),
  });
}

function fingerprintOf(pem: string | undefined): string | undefined {
  try {
    return pem === undefined ? undefined : new X509Certificate(pem).fingerprint256;
  } catch {
    return undefined;
  }
}
