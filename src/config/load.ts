import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';

import { usePortNames } from '../contract/options.ts';
import type { DaemonPlan, Plan } from '../contract/plan.ts';
import { findPort } from '../system/ports.ts';
import { readCertificates } from './certificates.ts';
import { checkParts } from './checks.ts';
import { readFiles } from './files.ts';
import { adminShape, daemonShape, loggingShape, sectionNames } from './frame.ts';
import { describeUnknownKey } from './issues.ts';
import { createMistakes } from './mistakes.ts';
import { createReader, type Complete, type Reader } from './reader.ts';
import { planService, readServices, type ServiceTypes } from './services.ts';
import { find, isEmpty } from './tree.ts';

export interface LoadOptions extends ServiceTypes {
  /** Default: the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Reads a configuration file and what it includes. Throws a ConfigError with everything that is wrong. */
export async function loadConfig(file: string, options: LoadOptions): Promise<Plan> {
  usePortNames(findPort);
  const { env = process.env } = options;
  const mistakes = createMistakes();
  const { root, isWhole, names, paths } = readFiles(file, { env, mistakes });
  if (root === null) throw mistakes.toError(names);
  const reader = createReader(root, mistakes, isWhole);
  checkSections(reader);
  const daemon = reader.members(daemonShape, ['daemon']);
  const logging = reader.members(loggingShape, ['logging']);
  const admin = find(root, ['admin']) === null ? {} : reader.members(adminShape, ['admin']);
  const certificates = readCertificates(reader);
  const services = await readServices(reader, options);
  checkParts({ reader, services, certificates: certificates.names, admin: admin.listen, daemon });
  if (mistakes.count > 0) throw mistakes.toError(names);
  return freeze({
    file: resolve(file),
    files: paths,
    daemon: planDaemon(daemon as Complete<typeof daemonShape>, dirname(resolve(file)), env),
    logging: logging as Complete<typeof loggingShape>,
    admin: admin.listen ?? null,
    certificates: certificates.plans,
    services: services.map(planService),
  });
}

function checkSections(reader: Reader): void {
  const { root, mistakes } = reader;
  for (const [key, section] of root.children) {
    if (!sectionNames.includes(key)) mistakes.addAtKey(root, [key], describeUnknownKey(key, sectionNames));
    if (key === 'accounts') mistakes.addAtKey(root, [key], 'accounts are not part of this release yet');
    if (key !== 'deliveries' || isEmpty(section)) continue;
    if (section.kind !== 'map') reader.wrong([key], 'expected a map of deliveries');
    for (const name of section.children.keys()) {
      mistakes.addAtKey(root, [key, name], 'deliveries are not part of this release yet');
    }
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

function planDaemon(daemon: Complete<typeof daemonShape>, folder: string, env: Environment): DaemonPlan {
  const state = daemon.state ?? folderFrom(env['STATE_DIRECTORY']) ?? resolve(folder, 'var');
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
