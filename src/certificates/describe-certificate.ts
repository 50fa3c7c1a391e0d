import { X509Certificate } from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';

import { canonicalIPv6 } from './names.ts';
import { validityOf, type Validity } from './validity.ts';

/** What can be said of a certificate: text that is fit to be shown. */
export interface CertificateFacts extends Validity {
  /** "O=Example, CN=example.com"; "" when it is empty. */
  readonly subject: string;
  /** DNS names and IP addresses it is for, canonical; where it has no alternative names, its common name. */
  readonly names: readonly string[];
  readonly issuer: string;
  /** SHA-256, "AB:CD:…". */
  readonly fingerprint256: string;
  /** Hexadecimal. */
  readonly serial: string;
  readonly isSelfSigned: boolean;
}

/** Of the first certificate in a PEM text, or of one that was read; throws when it cannot be read. */
export function describeCertificate(source: string | X509Certificate): CertificateFacts {
  const certificate = typeof source === 'string' ? new X509Certificate(source) : source;
  return {
    subject: showName(certificate.subject),
    names: namesOf(certificate),
    issuer: showName(certificate.issuer),
    ...validityOf(certificate),
    fingerprint256: certificate.fingerprint256,
    serial: certificate.serialNumber,
    isSelfSigned: isSelfSigned(certificate),
  };
}

function isSelfSigned(certificate: X509Certificate): boolean {
  try {
    // Not `checkIssued`, which wants an authority.
    return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
  } catch {
    // A key of a kind that OpenSSL does not know.
    return false;
  }
}

const maxNameLength = 300;

/** Node writes an attribute a line, and an empty name as undefined. */
function showName(text: string | undefined): string {
  const line = (text ?? '').replaceAll('\n', ', ').replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return line.length > maxNameLength ? `${line.slice(0, maxNameLength - 1)}…` : line;
}

function namesOf(certificate: X509Certificate): readonly string[] {
  const alternatives = certificate.subjectAltName;
  const texts = alternatives === undefined ? commonNamesOf(certificate) : parseAlternativeNames(alternatives);
  return [...new Set(texts.map(canonicalName).filter((name) => name !== null))];
}

function commonNamesOf(certificate: X509Certificate): readonly string[] {
  return [...(certificate.subject ?? '').matchAll(/^CN=(.*)$/gm)].map(([, text = '']) => text);
}

/**
 * "DNS:a.example, IP Address:10.0.0.1, DNS:\"b, DNS:c\"": what holds a comma, a quote or anything else that would not
 * be clear is a JSON string (CVE-2021-44532), and stays one name, which then is none.
 */
export function parseAlternativeNames(text: string): readonly string[] {
  const entries = text.matchAll(/([^:,"]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g);
  return [...entries].flatMap(([, kind, value = '']) =>
    kind !== 'DNS' && kind !== 'IP Address' ? [] : [value.startsWith('"') ? unquote(value) : value],
  );
}

function unquote(value: string): string {
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

/** null: nothing that a peer could ask for. */
function canonicalName(text: string): string | null {
  if (isIP(text) !== 0) return isIPv6(text) ? canonicalIPv6(text) : text;
  return /^(?:\*\.)?[a-z\d_-]{1,63}(?:\.[a-z\d_-]{1,63})*\.?$/i.test(text) && text.length <= 253
    ? text.toLowerCase()
    : null;
}
