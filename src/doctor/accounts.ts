import { statSync, type Stats } from 'node:fs';

import { readAccounts } from '../config/accounts.ts';
import type { AccountRecord } from '../contract/account.ts';
import { needsAccounts } from '../config/dead-ends.ts';
import type { AccountSourcePlan, Plan } from '../contract/plan.ts';
import type { Finding, Patient } from './finding.ts';
import { daemonIdentity, whereStopped, type Identity } from './identity.ts';
import { processIdentity } from './process-identity.ts';
import { isOfUnit } from './unit-folder.ts';

const check = 'accounts';
const maxNames = 10;

/** Whether accounts can log in, and whether what they log in by is kept to us. */
export function checkAccounts({ plan, status }: Patient): readonly Finding[] {
  const { records, mistakes, missing } = readAccounts(plan.accounts, { state: plan.daemon.state });
  if (mistakes !== null) {
    const fix = 'portico check tells where; until then the accounts that were read last stay';
    return [{ severity: 'error', check, message: mistakes.message.split('\n')[0] ?? '', fix }];
  }
  const master = status === null ? null : processIdentity(status.pid);
  return [
    // What is missing is told with the daemon; whom a database holds is not known.
    ...(records.length === 0 && plan.accounts.some(({ kind, path }) => kind !== 'sqlite' && !missing.includes(path))
      ? judgeNobody(plan)
      : judgeRecords(records)),
    ...judgeServices(records, plan.services),
    ...plan.accounts.flatMap((source) =>
      source.kind === 'sqlite' ? judgeDatabase(source, daemonIdentity(plan.daemon)) : judgeFile(source, master),
    ),
  ];
}

function judgeNobody({ accounts, services }: Plan): readonly Finding[] {
  const names = services.filter((each) => each.enabled && needsAccounts(each)).map(({ name }) => name);
  if (names.length === 0 || accounts.some(({ kind }) => kind === 'sqlite')) return [];
  const message = `there are no accounts in ${listed(accounts.map(({ path }) => path))}, so that nobody can log in at ${listed(names)}`;
  return [{ severity: 'warning', check, message, fix: 'portico user add NAME' }];
}

function judgeRecords(records: readonly AccountRecord[]): readonly Finding[] {
  const locked = records.filter((record) => isLocked(record) && !isMailboxAlone(record));
  const [first] = locked;
  if (first === undefined) return [];
  const message = `nobody can log in as ${listed(locked.map(({ name }) => name))}: there is no password and no key`;
  const other = first.mail.length > 0 ? 'services: [mail] for a mailbox alone' : `portico user remove ${first.name}`;
  return [{ severity: 'warning', check, message, fix: `portico user password ${first.name}, or ${other}` }];
}

function isLocked({ password, keys }: AccountRecord): boolean {
  return password === null && keys.length === 0;
}

/** It says so itself that nobody is to log in. */
function isMailboxAlone({ services }: AccountRecord): boolean {
  return services !== null && services.every((name) => name === 'mail');
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

/** The master reads it, and hands it on: nobody else has to. One that is no root may have to be let in. */
function judgeFile({ path }: AccountSourcePlan, master: Identity | null): readonly Finding[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (master !== null && master.uid !== 0 && master.uid !== process.getuid?.())
    return judgeReading(path, stats, { reader: master, role: 'whom the daemon runs as' });
  return (stats.mode & 0o044) === 0 ? [] : [tooOpen(path, `chmod 0600 ${path}`)];
}

/** Whoever looks accounts up opens it himself, and is no root. */
function judgeDatabase({ path }: AccountSourcePlan, reader: Identity | null): readonly Finding[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || reader === null) return [];
  return judgeReading(path, stats, { reader, role: 'who looks accounts up' });
}

interface Reading {
  readonly reader: Identity;
  readonly role: string;
}

function judgeReading(path: string, stats: Stats, { reader, role }: Reading): readonly Finding[] {
  if (isOfUnit(path)) return [];
  const stopped = whereStopped(path, ['read'], reader);
  const fix = letRead(path, stats.uid, reader);
  if (stopped !== null) {
    const isThere = stopped.lacks.includes('read');
    const message = `${reader.name}, ${role}, may not read ${path}${isThere ? '' : `: ${stopped.place} is in the way`}: every login fails`;
    return [{ severity: 'error', check, message, fix: isThere ? fix : `chmod o+x ${stopped.place}` }];
  }
  const isForStrangers = (stats.mode & 0o040) !== 0 && stats.gid !== 0 && !reader.groups.has(stats.gid);
  return isForStrangers || (stats.mode & 0o004) !== 0 ? [tooOpen(path, fix)] : [];
}

/** Of the owner and, where that is somebody else, of the group of who reads. */
function letRead(path: string, owner: number, { uid, gid }: Identity): string {
  return owner === uid ? `chmod 0600 ${path}` : `chgrp ${gid} ${path} && chmod 0640 ${path}`;
}

function tooOpen(path: string, fix: string): Finding {
  const message = `others than need to may read ${path}, which has the hashes of passwords`;
  return { severity: 'warning', check, message, fix };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).join(', ');
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown;
}
