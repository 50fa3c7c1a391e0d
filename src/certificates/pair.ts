import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

import type { CertificatePairs } from '../contract/channel.ts';
import { reasonOf } from '../contract/errors.ts';
import { CertificateError } from './certificate-error.ts';
import { orderChain } from './chain.ts';
import { describeCertificate, type CertificateFacts } from './describe-certificate.ts';
import { readCertificates, readPrivateKey } from './pem-contents.ts';
import { validityOf } from './validity.ts';

// Pairs that an administrator made: the texts are judged, never trusted to be what they should be.

/** PEM: the certificate followed by its chain, and its key, not encrypted. */
export type CertificatePair = CertificatePairs[string];

export interface PairTexts {
  readonly certText: string;
  readonly keyText: string;
  /** Of an encrypted key. */
  readonly passphrase?: string | null;
  /** What messages call the two: the names of their files, say. */
  readonly certName?: string;
  readonly keyName?: string;
  /** Milliseconds; the time of the machine where it is left out. */
  readonly now?: number;
}

export interface JudgedPair {
  readonly pair: CertificatePair;
  readonly facts: CertificateFacts;
  /** Sentences about what is odd, but does not keep the pair from being served. */
  readonly warnings: readonly string[];
}

/** Throws CertificateError when the pair cannot be served, now or at all. */
export function readPair(texts: PairTexts): JudgedPair {
  const { certName = 'the certificate file', keyName = 'the key file', passphrase = null, now = Date.now() } = texts;
  const certificates = readCertificates(texts.certText, certName);
  const key = readPrivateKey(texts.keyText, keyName, passphrase);
  const leaf = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (leaf === undefined)
    throw new CertificateError('mismatch', 'key', `${keyName} does not hold the key of the certificate in ${certName}`);
  checkTime(leaf, certName, now);
  const { chain, strangers } = orderChain(leaf, certificates);
  const pair = {
    cert: [...chain, ...strangers].map(String).join(''),
    key: key.export({ type: 'pkcs8', format: 'pem' }),
  };
  checkUsable(pair, certName);
  const facts = describeCertificate(leaf);
  const expired = chain.slice(1).filter((issuer) => validityOf(issuer).notAfter < now);
  const warnings = [
    ...(facts.names.length === 0 ? ['serves no name: no peer that checks it will accept it'] : []),
    ...(isInOrder(chain, certificates) ? [] : ['is not in order; it is served as leaf, then issuers']),
    ...strangers.map((stranger) => `also holds ${show(stranger)}, which is no part of the chain`),
    ...expired.map((issuer) => `also holds ${show(issuer)}, which expired on ${day(validityOf(issuer).notAfter)}`),
  ];
  return { pair, facts, warnings: warnings.map((warning) => `${certName} ${warning}`) };
}

function checkTime(leaf: X509Certificate, name: string, now: number): void {
  const { notBefore, notAfter } = validityOf(leaf);
  if (notAfter < now)
    throw new CertificateError('expired', 'cert', `the certificate in ${name} expired on ${day(notAfter)}`);
  if (notBefore > now)
    throw new CertificateError(
      'not_yet_valid',
      'cert',
      `the certificate in ${name} is valid only from ${day(notBefore)} on; here it is ${day(now)}`,
    );
}

/** What only OpenSSL knows: keys that are too short for it, for one. */
function checkUsable(pair: CertificatePair, name: string): void {
  try {
    createSecureContext(pair);
  } catch (error) {
    // "error:0A00018F:SSL routines::ee key too small"
    const reason = reasonOf(error).split(':').at(-1);
    throw new CertificateError('unusable', 'cert', `the certificate in ${name} cannot be used for TLS: ${reason}`);
  }
}

function isInOrder(chain: readonly X509Certificate[], certificates: readonly X509Certificate[]): boolean {
  const given = certificates.filter((certificate) => chain.includes(certificate));
  return given.every((certificate, at) => certificate === chain[at]);
}

function show(certificate: X509Certificate): string {
  return `the certificate "${describeCertificate(certificate).subject}"`;
}

/** "2026-01-31", in UTC. */
function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
