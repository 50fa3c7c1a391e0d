import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';

import { openAuthority, type Authority, type AuthorityOptions } from './authority.ts';
import { describeCertificate } from './describe-certificate.ts';
import { parseNames } from './names.ts';
import type { CertificatePair } from './pair.ts';
import { readPemFile, writePemFile } from './pem-file.ts';

/** Certificates of the local authority, kept on disk and issued anew when they have to be. */
export interface SelfSigned {
  /**
   * The pair of that name. Throws CertificateError for bad names or an authority that cannot be used, and what the
   * system says where the folder cannot be written.
   */
  ensure(name: string, names: readonly string[]): EnsuredPair;
  /** Another pair of that name, although the one on disk may be good; that stays until the other is written. */
  renew(name: string, names: readonly string[]): EnsuredPair;
  /** The authority, made where there is none; throws as `ensure` does. */
  authority(): Authority;
}

export interface EnsuredPair {
  readonly pair: CertificatePair;
  /** null: the pair on disk is good. */
  readonly issued: IssueReason | null;
  /** When to ask again, milliseconds: a third of the validity is left then. */
  readonly renewAt: number;
  readonly notAfter: number;
  /** Where the two are, for others to use. */
  readonly files: { readonly cert: string; readonly key: string };
}

export type IssueReason = 'missing' | 'damaged' | 'names' | 'age' | 'clock' | 'authority' | 'asked';

/** `folder` holds `ca.pem` and `ca.key`, and `issued/NAME.pem` and `issued/NAME.key` for each name. */
export function createSelfSigned(folder: string, options: AuthorityOptions = {}): SelfSigned {
  const { clock = Date.now } = options;
  const issuedFolder = join(folder, 'issued');
  const authority = (): Authority => openAuthority(folder, options);

  return {
    authority,
    ensure: (name, names) => provide(name, names, false),
    renew: (name, names) => provide(name, names, true),
  };

  function provide(name: string, names: readonly string[], isAsked: boolean): EnsuredPair {
    const files = filesOf(issuedFolder, name);
    const issuer = authority();
    const wanted = parseNames(names).map(({ text }) => text);
    const now = clock();
    const known = readIssued(files);
    const reason = isAsked ? 'asked' : typeof known === 'string' ? known : whyNot(known, { issuer, wanted, now });
    if (reason === null) return answer((known as IssuedPair).pair, null, files);
    const pair = issuer.issue({ names: wanted, now });
    fs.mkdirSync(issuedFolder, { recursive: true });
    // A crash between the two leaves a pair that does not fit, which is issued anew.
    writePemFile(files.key, pair.key, 0o600);
    writePemFile(files.cert, pair.cert, 0o644);
    return answer(pair, reason, files);
  }
}

interface IssuedPair {
  readonly pair: CertificatePair;
  readonly certificate: X509Certificate;
}

/** The name becomes part of a path. */
function filesOf(folder: string, name: string): EnsuredPair['files'] {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
    throw new TypeError(`not a certificate's name: ${JSON.stringify(name)}`);
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
}

function readIssued(files: EnsuredPair['files']): IssuedPair | 'missing' | 'damaged' {
  try {
    const [cert, key] = [readPemFile(files.cert), readPemFile(files.key)];
    if (cert === null || key === null) return 'missing';
    const certificate = new X509Certificate(cert);
    return certificate.checkPrivateKey(createPrivateKey(key)) ? { pair: { cert, key }, certificate } : 'damaged';
  } catch {
    // These are ours to make again, whatever became of them.
    return 'damaged';
  }
}

interface Wanted {
  readonly issuer: Authority;
  readonly wanted: readonly string[];
  readonly now: number;
}

/** null: the pair is good. */
function whyNot({ certificate, pair }: IssuedPair, { issuer, wanted, now }: Wanted): IssueReason | null {
  if (!issuer.hasIssued(certificate)) return 'authority';
  const { names, notBefore } = describeCertificate(certificate);
  if (!isSameSet(names, wanted)) return 'names';
  // The clock has been set back since.
  if (notBefore > now) return 'clock';
  return renewAtOf(pair) <= now ? 'age' : null;
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name) => others.includes(name));
}

function answer(pair: CertificatePair, issued: IssueReason | null, files: EnsuredPair['files']): EnsuredPair {
  return { pair, issued, renewAt: renewAtOf(pair), notAfter: describeCertificate(pair.cert).notAfter, files };
}

function renewAtOf({ cert }: CertificatePair): number {
  const { notBefore, notAfter } = describeCertificate(cert);
  return notAfter - Math.floor((notAfter - notBefore) / 3);
}
