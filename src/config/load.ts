import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';

import { usePortNames } from '../contract/options.ts';
import type { AccountSourcePlan, AddressPlan, DaemonPlan, Plan } from '../contract/plan.ts';
import { findPort } from '../system/ports.ts';
import { readAccounts } from './accounts.ts';
import { accountsSchema } from './certificate-shapes.ts';
import { readCertificates } from './certificates.ts';
import { checkParts } from './checks.ts';
import { planDelivery, readDeliveries } from './deliveries.ts';
import { readFiles } from './files.ts';
import { adminShape, daemonShape, loggingShape, sectionNames } from './frame.ts';
import { describeUnknownKey } from './issues.ts';
import { createMistakes } from './mistakes.ts';
import { createReader, type Complete, type Reader } from './reader.ts';
import { planService, readServices, type ServiceTypes } from './services.ts';
import { find } from './tree.ts';

export interface LoadOptions extends ServiceTypes {
  /** Default: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What stands in the file; it is then not read, and paths are relative to where it would be. */
  readonly text?: string;
}

/** Reads a configuration file and what it includes. Throws a ConfigError with everything that is wrong. */
export async function loadConfig(file: string, options: LoadOptions): Promise<Plan> {
  usePortNames(findPort);
  const { env = process.env } = options;
  const mistakes = createMistakes();
  const { root, isWhole, names, paths } = readFiles(file, { env, mistakes }, options.text);
  if (root === null) throw mistakes.toError(names);
  const reader = createReader(root, mistakes, isWhole);
  checkSections(reader);
  const daemon = reader.members(daemonShape, ['daemon']);
  const logging = reader.members(loggingShape, ['logging']);
  const admin = find(root, ['admin']) === null ? {} : reader.members(adminShape, ['admin']);
  const certificates = readCertificates(reader);
  const accounts = reader.value(accountsSchema, ['accounts']) ?? [];
  const deliveries = await readDeliveries(reader);
  const services = await readServices(reader, options);
  checkAccounts(reader, accounts, daemon.state ?? defaultState(dirname(resolve(file)), env), env);
  checkParts({
    reader,
    services,
    deliveries,
    certificates: certificates.names,
    admin: admin.listen,
    acme: acmeListens(certificates.plans),
    alpn: alpnNames(certificates.plans),
    daemon,
  });
  if (mistakes.count > 0) throw mistakes.toError(names);
  return freeze({
    file: resolve(file),
    files: paths,
    daemon: planDaemon(daemon as Complete<typeof daemonShape>, dirname(resolve(file)), env),
    logging: logging as Complete<typeof loggingShape>,
    admin: admin.listen ?? null,
    certificates: certificates.plans,
    accounts,
    deliveries: Object.fromEntries(deliveries.map((draft) => [draft.name, planDelivery(draft)])),
    services: services.map(planService),
  });
}

function checkSections(reader: Reader): void {
  const { root, mistakes } = reader;
  for (const key of root.children.keys()) {
    if (!sectionNames.includes(key)) mistakes.addAtKey(root, [key], describeUnknownKey(key, sectionNames));
  }
}

function acmeListens(plans: Plan['certificates']): { name: string; listen: AddressPlan }[] {
  return Object.entries(plans).flatMap(([name, plan]) =>
    plan.kind === 'acme' && plan.challenge === 'http-01' ? [{ name, listen: plan.listen }] : [],
  );
}

function alpnNames(plans: Plan['certificates']): string[] {
  return Object.keys(plans).filter((name) => {
    const plan = plans[name];
    return plan?.kind === 'acme' && plan.challenge === 'tls-alpn-01';
  });
}

/** Accounts are read again by who uses them: no password hash stands in the plan. */
function checkAccounts(reader: Reader, accounts: readonly AccountSourcePlan[], state: string, env: Environment): void {
  const { mistakes } = readAccounts(accounts, { state, env });
  for (const mistake of mistakes?.mistakes ?? []) reader.mistakes.addRead(mistake);
}

function defaultState(folder: string, env: Environment): string {
  return folderFrom(env['STATE_DIRECTORY']) ?? resolve(folder, 'var');
}

type Environment = Readonly<Record<string, string | undefined>>;

function planDaemon(daemon: Complete<typeof daemonShape>, folder: string, env: Environment): DaemonPlan {
  const state = daemon.state ?? defaultState(folder, env);
  return {
    name: daemon.name,
    user: daemon.user ?? null,
    group: daemon.group ?? null,
    state,
    runtime: daemon.runtime ?? folderFrom(env['RUNTIME_DIRECTORY']) ?? state,
    workers: daemon.workers === 'auto' ? availableParallelism() : daemon.workers,
    drain: daemon.drain,
    drainReload: daemon.drain_reload,
    memory: daemon.memory,
    journal: daemon.journal ?? 0,
    spoolFree: daemon.spool_free,
  };
}

/** systemd gives a list with colons where a unit has several folders. */
function folderFrom(value: string | undefined): string | undefined {
  const first = value?.split(':', 1)[0];
  return first === undefined || first === '' ? undefined : resolve(first);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) freeze(member);
  }
  return value;
}
