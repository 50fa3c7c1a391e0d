import fs from 'node:fs';
import { join } from 'node:path';

import type { Json } from '../contract/bus.ts';
import type { Plan, ServicePlan } from '../contract/plan.ts';
import type { RegistryOptions } from '../contract/registry.ts';
import { ownFolder } from '../system/own-folder.ts';
import type { Identity } from './identity.ts';
import { ownService } from './own-service.ts';

/** The pool of the registry: one process that holds accounts, bans and the store. */
export const registryName = '@registry';

export function registryService(plan: Plan): ServicePlan {
  const options: RegistryOptions = {
    folder: storeFolder(plan.daemon.state),
    state: plan.daemon.state,
    databases: plan.accounts.filter(({ kind }) => kind === 'sqlite').map(({ path }) => path),
    neverBan: [...new Set(plan.services.flatMap(({ access }) => access.neverBan))],
    journal: plan.daemon.journal,
    acmeFolder: acmeFolder(plan.daemon.state),
    acme: Object.fromEntries(
      Object.entries(plan.certificates).flatMap(([name, certificate]) =>
        certificate.kind === 'acme' ? [[name, { ...certificate, caText: readCa(certificate.ca) }]] : [],
      ),
    ),
  };
  return ownService({ name: registryName, type: 'registry', options: options as unknown as Json });
}

/** Its files may be the master's alone to read. */
function readCa(file: string | null): string | null {
  return file === null ? null : fs.readFileSync(file, 'utf8');
}

export function storeFolder(state: string): string {
  return join(state, 'store');
}

export function acmeFolder(state: string): string {
  return join(state, 'acme');
}

/**
 * Makes the folders that the registry writes to, as its own: the rest of the state is the master's. What cannot be made is
 * told by the registry, which goes on in memory.
 */
export function prepareRegistryFolders(state: string, identity: Identity | null): void {
  for (const folder of [storeFolder(state), acmeFolder(state)]) {
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (identity !== null) own(folder, identity);
    } catch {
      // A disk that is full, or mounted read-only, must not keep the services from starting.
    }
  }
}

/**
 * What a daemon of another identity has left there goes with it: plain files with one name. Whoever could write there may
 * have put links to files of others there, and those stay whose they are.
 */
function own(folder: string, { uid, gid }: Identity): void {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  if (!ownFolder(folder, { uid, gid })) return;
  for (const name of fs.readdirSync(folder)) {
    let file: number;
    try {
      file = fs.openSync(join(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch {
      continue; // a link, or gone
    }
    try {
      const stat = fs.fstatSync(file);
      if (stat.isFile() && stat.nlink === 1) fs.fchownSync(file, uid, gid);
    } finally {
      fs.closeSync(file);
    }
  }
}

/** Whether there is something to know before anybody is let in. */
export function hasStore(state: string): boolean {
  return fs.existsSync(join(storeFolder(state), 'portico.db'));
}
