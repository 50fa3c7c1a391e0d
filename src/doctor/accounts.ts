import { statSync } from 'node:fs';

import { readAccounts } from '../config/accounts.ts';
import type { AccountRecord } from '../contract/account.ts';
import type { AccountSourcePlan } from '../contract/plan.ts';
import type { Finding, Patient } from './finding.ts';

const check = 'accounts';
const maxNames = 10;

/** Whether accounts can log in, and whether what they log in by is kept to us. */
export function checkAccounts({ plan }: Patient): readonly Finding[] {
  const { records, mistakes } = readAccounts(plan.accounts, { state: plan.daemon.state });
  if (mistakes !== null) {
    const fix = 'portico check tells where; until then the accounts that were read last stay';
    return [{ severity: 'error', check, message: mistakes.message.split('\n')[0] ?? '', fix }];
  }
  return [...judgeRecords(records), ...judgeServices(records, plan.services), ...plan.accounts.flatMap(judgeFile)];
}

function judgeRecords(records: readonly AccountRecord[]): readonly Finding[] {
  const locked = records.filter(
    ({ password, keys, mail }) => password === null && keys.length === 0 && mail.length === 0,
  );
  if (locked.length === 0) return [];
  const message = `nobody can log in as ${listed(locked.map(({ name }) => name))}: there is no password and no key`;
  return [
    {
      severity: 'warning',
      check,
      message,
      fix: `portico user password ${locked[0]?.name}, or portico user remove ${locked[0]?.name}`,
    },
  ];
}

function judgeServices(records: readonly AccountRecord[], services: Patient['plan']['services']): readonly Finding[] {
  const known = new Set(services.flatMap(({ name, type }) => [name, type]));
  // For the mailbox alone: nobody serves it by this name.
  known.add('mail');
  return records.flatMap(({ name, services: allowed }) => {
    const unknown = (allowed ?? []).filter((service) => !known.has(service));
    if (unknown.length === 0) return [];
    const message = `the account ${name} may use ${listed(unknown)}, and there is no service of that name or type`;
    return [{ severity: 'note', check, message, fix: null } as const];
  });
}

function judgeFile({ path }: AccountSourcePlan): readonly Finding[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || (stats.mode & 0o044) === 0) return [];
  const message = `others than its owner may read ${path}, which has the hashes of passwords`;
  return [{ severity: 'warning', check, message, fix: `chmod 0600 ${path}` }];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).join(', ');
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown;
}
