import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';

import { missingNames } from '../certificates/acme/chain.ts';
import { identifiersOf } from '../certificates/acme/names.ts';
import { readPair, type CertificatePair } from '../certificates/pair.ts';
import type { AcmePlan, CertificatePlan } from '../contract/plan.ts';
import { readStrictly } from '../system/read-strictly.ts';
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

/** The candidate that is served; the last one where none can be. */
export function filesOf(name: string, plan: CertificatePlan, state: string): PairFiles {
  const candidates = candidatesOf(name, plan, state);
  return candidates.slice(0, -1).find((files) => isWhole(files, plan)) ?? (candidates.at(-1) as PairFiles);
}

export function isWhole(files: PairFiles, plan: CertificatePlan): boolean {
  try {
    readCandidate(files, plan);
    return true;
  } catch {
    return false;
  }
}

/**
 * Throws what is wrong with it. The folder of public certificates is the registry's, and so every worker's of its identity: links
 * there would show them what only the master may read, and a pair from there has to be for the names that were asked for.
 */
export function readCandidate({ cert, key }: PairFiles, plan: CertificatePlan): CertificatePair {
  const { pair } = readPair({
    certText: read(cert, plan),
    keyText: read(key, plan),
    passphrase: plan.kind === 'files' ? plan.passphrase : null,
    certName: cert,
    keyName: key,
  });
  if (plan.kind === 'acme') checkNames(pair.cert, plan, cert);
  return pair;
}

function read(path: string, { kind }: CertificatePlan): string {
  const text = readStrictly(path, { maxBytes: maxPemBytes, followsLinks: kind === 'files' });
  if (text !== null) return text;
  throw Object.assign(new Error(`there is no file ${path}`), { code: 'ENOENT' });
}

function checkNames(pem: string, { names }: AcmePlan, path: string): void {
  const leaf = new X509Certificate(pem);
  const missing = missingNames(
    leaf,
    identifiersOf(names).map(({ value }) => value),
  );
  if (leaf.ca || missing.length > 0) throw new Error(`${path} is not a certificate for ${names.join(' ')}`);
}

const maxPemBytes = 1024 ** 2;
