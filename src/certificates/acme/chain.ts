// What the authority issued, before anybody is shown it: is it ours, is it for our names, is it a certificate at all?
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

import { AcmeError } from './acme-error.ts';

export interface ChainOptions {
  /** PEM, as it came. */
  readonly text: string;
  /** PEM of the private key it shall fit. */
  readonly key: string;
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Chain {
  /** PEM, written anew: the certificate first, nothing else in it than certificates. */
  readonly cert: string;
  /** What the operator should know; it can be served all the same. */
  readonly warnings: readonly string[];
}

const maxCertificates = 10;
// Some authorities date certificates back, others have another clock.
const clockToleranceMs = 60_000;

/** Throws AcmeError when it must not be served. */
export function checkChain({ text, key, names, now }: ChainOptions): Chain {
  const certificates = parseChain(text);
  const [leaf] = certificates;
  if (leaf === undefined) throw wrong('there is no certificate in it');
  if (!leaf.checkPrivateKey(createPrivateKey(key))) throw wrong('it is for another key');
  if (leaf.ca) throw wrong('it is the certificate of an authority');
  const missing = missingNames(leaf, names);
  if (missing.length > 0) throw wrong(`it is not for ${missing.join(', ')}`);
  if (leaf.validToDate.getTime() <= now) throw wrong(`it expired on ${leaf.validToDate.toISOString()}`);
  return {
    cert: certificates.map(String).join(''),
    warnings: [...warnOfClock(leaf, now), ...warnOfOrder(certificates)],
  };
}

/** Those of the names, as `identifiersOf` has them, that a certificate is not for. */
export function missingNames(certificate: X509Certificate, names: readonly string[]): readonly string[] {
  // RFC 9525 6.3: the subject's common name does not count.
  const covers = (name: string): boolean =>
    (isIP(name) === 0 ? certificate.checkHost(name, { subject: 'never' }) : certificate.checkIP(name)) !== undefined;
  return names.filter((name) => !covers(name));
}

function parseChain(text: string): readonly X509Certificate[] {
  const pattern = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
  const blocks = text.match(pattern) ?? [];
  // RFC 8555 11.4 fears for programs that would use whatever else they find, a key for example.
  if (text.replace(pattern, '').includes('-----BEGIN')) throw wrong('there is something else in it than certificates');
  if (blocks.length > maxCertificates) throw wrong(`there are more than ${maxCertificates} certificates in it`);
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw wrong('one of its certificates cannot be read', error);
    }
  });
}

function warnOfClock({ validFromDate }: X509Certificate, now: number): readonly string[] {
  if (validFromDate.getTime() <= now + clockToleranceMs) return [];
  return [`the certificate is valid from ${validFromDate.toISOString()} on: is the clock of this machine right?`];
}

function warnOfOrder(certificates: readonly X509Certificate[]): readonly string[] {
  const isBroken = certificates.some((certificate, index) => {
    const issuer = certificates[index + 1];
    return issuer !== undefined && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  });
  return isBroken ? ['the certificates that came with it do not follow from each other'] : [];
}

function wrong(fault: string, cause?: unknown): AcmeError {
  return new AcmeError(`the certificate that the authority issued is not usable: ${fault}`, { cause });
}
