import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { reasonOf } from '../contract/errors.ts';
import { CertificateError } from './certificate-error.ts';
import { issuerOf } from './issuer.ts';
import { createKey, isP256 } from './key.ts';
import { parseNames } from './names.ts';
import type { CertificatePair } from './pair.ts';
import { readPemFile, writePemFile } from './pem-file.ts';
import { toPem } from './pem.ts';
import { validityOf } from './validity.ts';
import { createCertificate, subjectFor } from './x509.ts';

// The authority of this machine. Whoever has its key can be anybody to those who trust it, so the key never leaves its
// folder; and it is never replaced while its certificate is valid, because all who trust it would have to be told.

export interface Authority {
  /** PEM, for those who shall trust it. */
  readonly certificate: string;
  /** Where that is. */
  readonly file: string;
  /** Milliseconds. */
  readonly notAfter: number;
  /** A certificate for servers, without the authority's own, and its new key; throws CertificateError for a bad name. */
  issue(order: { readonly names: readonly string[]; readonly now: number }): CertificatePair;
  hasIssued(certificate: X509Certificate): boolean;
}

export interface AuthorityOptions {
  /** Milliseconds. */
  readonly clock?: () => number;
  /** Stands in the name of a new one. */
  readonly host?: string;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const authorityDays = 3_652;
const leafDays = 90;
/** Others' clocks may be slow. */
const skewMs = hourMs;

/**
 * The authority in `ca.pem` and `ca.key` of a folder, made where there is none. In its last day it is made anew, with
 * another key: what it would still issue would be renewed at once again. The old one stays beside it, in case that only
 * the clock was wrong. Files that cannot be read or do not belong together are a CertificateError, and stay as they are.
 */
export function openAuthority(folder: string, options: AuthorityOptions = {}): Authority {
  const { clock = Date.now, host = hostname() } = options;
  const files = { cert: join(folder, 'ca.pem'), key: join(folder, 'ca.key') };
  const known = readCertificate(files.cert);
  if (known !== null && validityOf(known).notAfter >= clock() + dayMs)
    return authorityOf(known, readKey(files, known), files.cert);
  fs.mkdirSync(folder, { recursive: true });
  if (known !== null) keepOld(folder, files, known);
  // The key is written first: alone, it was left by a crash, and nobody can trust it yet.
  const key = (known === null ? parseKey(files.key) : null) ?? writeNewKey(files.key);
  const pem = toPem('CERTIFICATE', createAuthority(key, host, clock()));
  writePemFile(files.cert, pem, 0o644);
  return authorityOf(new X509Certificate(pem), key, files.cert);
}

/** Throws what `openAuthority` would throw, and changes nothing. */
export function inspectAuthority(folder: string, { clock = Date.now }: AuthorityOptions = {}): void {
  const files = { cert: join(folder, 'ca.pem'), key: join(folder, 'ca.key') };
  const known = readCertificate(files.cert);
  if (known !== null && validityOf(known).notAfter >= clock() + dayMs) readKey(files, known);
  else parseKey(files.key);
}

interface AuthorityFiles {
  readonly cert: string;
  readonly key: string;
}

function authorityOf(certificate: X509Certificate, key: KeyObject, file: string): Authority {
  const issuer = attempt(() => issuerOf(certificate), file, 'cert');
  const { notAfter } = validityOf(certificate);
  return {
    certificate: certificate.toString(),
    file,
    notAfter,
    issue({ names, now }) {
      const subjects = parseNames(names);
      const { publicKey, pem } = createKey();
      const der = createCertificate({
        subject: subjectFor(subjects),
        publicKey,
        issuer,
        signingKey: key,
        notBefore: now - skewMs,
        notAfter: Math.min(now + leafDays * dayMs, notAfter),
        names: subjects,
        usages: ['server'],
      });
      return { cert: toPem('CERTIFICATE', der), key: pem };
    },
    hasIssued: (leaf) => leaf.checkIssued(certificate) && leaf.verify(certificate.publicKey),
  };
}

function readCertificate(file: string): X509Certificate | null {
  const text = readText(file, 'cert');
  if (text === null) return null;
  const certificate = attempt(() => new X509Certificate(text), file, 'cert');
  attempt(() => validityOf(certificate), file, 'cert');
  if (!certificate.ca) throw refuse(file, 'cert', 'is not the certificate of an authority');
  return certificate;
}

function readKey(files: AuthorityFiles, certificate: X509Certificate): KeyObject {
  const key = parseKey(files.key);
  if (key === null) throw refuse(files.key, 'key', `is missing, while ${files.cert} is there`);
  if (!certificate.checkPrivateKey(key)) throw refuse(files.key, 'key', `is not the key of ${files.cert}`);
  return key;
}

function keepOld(folder: string, files: AuthorityFiles, certificate: X509Certificate): void {
  const key = parseKey(files.key);
  // Otherwise a crash came between the new key and its certificate, and the old one is kept already.
  if (key === null || !certificate.checkPrivateKey(key)) return;
  writePemFile(join(folder, 'ca-old.key'), key.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  writePemFile(join(folder, 'ca-old.pem'), certificate.toString(), 0o644);
}

function parseKey(file: string): KeyObject | null {
  const text = readText(file, 'key');
  if (text === null) return null;
  const key = attempt(() => createPrivateKey(text), file, 'key');
  if (!isP256(key)) throw refuse(file, 'key', 'is not a P-256 key');
  return key;
}

function writeNewKey(file: string): KeyObject {
  const { privateKey, pem } = createKey();
  writePemFile(file, pem, 0o600);
  return privateKey;
}

function createAuthority(key: KeyObject, host: string, now: number): Buffer {
  return createCertificate({
    // RFC 5280 appendix A: a common name has at most 64 characters.
    subject: { commonName: `Portico local CA (${host.replaceAll(/[^\w.-]/g, '').slice(0, 45)})` },
    publicKey: createPublicKey(key),
    issuer: null,
    signingKey: key,
    notBefore: now - skewMs,
    notAfter: now + authorityDays * dayMs,
    authority: { pathLength: 0 },
  });
}

function readText(file: string, part: 'cert' | 'key'): string | null {
  return attempt(() => readPemFile(file), file, part);
}

function attempt<T>(read: () => T, file: string, part: 'cert' | 'key'): T {
  try {
    return read();
  } catch (error) {
    throw refuse(file, part, `cannot be read (${reasonOf(error)})`, error);
  }
}

function refuse(file: string, part: 'cert' | 'key', what: string, cause?: unknown): CertificateError {
  const error = new CertificateError(
    'authority',
    part,
    `${file} ${what}: put ca.pem and ca.key back from a copy, or remove both, and a new authority is made, which everybody has to be told to trust`,
  );
  if (cause !== undefined) error.cause = cause;
  return error;
}
