import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { CertificatePlan } from '../contract/plan.ts';
import { acmeFolder } from './registry-plan.ts';

/** Where the two halves of a certificate are. */
export interface PairFiles {
  readonly cert: string;
  readonly key: string;
}

/** Folder of the local authority: root's alone, if root starts the daemon. */
export function authorityFolder(state: string): string {
  return join(state, 'ca');
}

/**
 * The files that hold a certificate, in the order in which they are tried: until the public authority has issued one, a
 * certificate of the local authority stands in for it.
 */
export function candidatesOf(name: string, plan: CertificatePlan, state: string): readonly PairFiles[] {
  if (plan.kind === 'files') return [plan];
  const pairIn = (folder: string): PairFiles => ({
    cert: join(folder, `${name}.pem`),
    key: join(folder, `${name}.key`),
  });
  const local = pairIn(join(authorityFolder(state), 'issued'));
  return plan.kind === 'self_signed' ? [local] : [pairIn(acmeFolder(state)), local];
}

/** The candidate that is there; the last one where none is. */
export function filesOf(name: string, plan: CertificatePlan, state: string): PairFiles {
  const candidates = candidatesOf(name, plan, state);
  return candidates.find(({ cert, key }) => existsSync(cert) && existsSync(key)) ?? (candidates.at(-1) as PairFiles);
}
