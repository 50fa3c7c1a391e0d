import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';

import { reasonOf } from '../contract/errors.ts';
import type { CertificatePlan } from '../contract/plan.ts';
import { certificateShape, name as nameSchema } from './frame.ts';
import type { Reader } from './reader.ts';
import { readText, SourceError } from './source.ts';
import { find, isEmpty, type Path } from './tree.ts';

/** Names of all certificates, and the plans of those that are right. */
export interface ReadCertificates {
  readonly names: ReadonlySet<string>;
  readonly plans: Readonly<Record<string, CertificatePlan>>;
}

const limits = { maxBytes: 1024 ** 2, maxText: '1MB' };

export function readCertificates(reader: Reader): ReadCertificates {
  const section = find(reader.root, ['certificates']);
  if (section === null) return { names: new Set(), plans: {} };
  if (section.kind !== 'map') {
    reader.wrong(
      ['certificates'],
      isEmpty(section) ? 'expected a map of certificates, got nothing' : 'expected a map of certificates',
    );
    return { names: new Set(), plans: {} };
  }
  const plans: Record<string, CertificatePlan> = {};
  for (const name of section.children.keys()) {
    const plan = readCertificate(reader, name);
    if (plan !== null) plans[name] = plan;
  }
  return { names: new Set(section.children.keys()), plans };
}

function readCertificate(reader: Reader, name: string): CertificatePlan | null {
  const { root, mistakes } = reader;
  const path = ['certificates', name];
  const named = nameSchema.safeParse(name);
  if (!named.success) mistakes.addAtKey(root, path, named.error.issues[0]?.message ?? '');
  for (const kind of ['self_signed', 'acme']) {
    if (find(root, [...path, kind]) === null) continue;
    mistakes.addAtKey(root, [...path, kind], `${kind} is not part of this release yet, expected cert and key`);
    return null;
  }
  const { cert, key } = reader.members(certificateShape, path);
  if (find(root, path)?.kind !== 'map') return null;
  const certificate = cert === undefined ? null : parse(reader, [...path, 'cert'], cert, parseCertificate);
  const privateKey = key === undefined ? null : parse(reader, [...path, 'key'], key, createPrivateKey);
  if (certificate === null || privateKey === null || cert === undefined || key === undefined) return null;
  const fault = faultOf(certificate, privateKey, Date.now());
  if (fault === null) return { cert, key };
  const quoted = show(reader, fault === 'key' ? [...path, 'key'] : [...path, 'cert'], fault === 'key' ? key : cert);
  if (fault === 'key') reader.wrong([...path, 'key'], `the key in ${quoted} is not that of the certificate`);
  else
    reader.wrong(
      [...path, 'cert'],
      `the certificate in ${quoted} expired on ${certificate.validToDate.toISOString().slice(0, 10)}`,
    );
  return null;
}

/** A file of certificates that others are checked against. */
export function checkAuthorities(reader: Reader, path: Path, file: string): void {
  parse(reader, path, file, parseCertificate);
}

function parse<T>(reader: Reader, path: Path, file: string, parsePem: (text: string) => T): T | null {
  const quoted = show(reader, path, file);
  try {
    const text = readText(file, limits);
    try {
      return parsePem(text);
    } catch (error) {
      reader.wrong(path, `${quoted} ${describePemError(error, text)}`);
    }
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    reader.wrong(path, `cannot read ${quoted}: ${error.message}`);
  }
  return null;
}

function parseCertificate(text: string): X509Certificate {
  return new X509Certificate(text);
}

function describePemError(error: unknown, text: string): string {
  if (/ENCRYPTED/.test(text)) return 'holds an encrypted key, expected one without a passphrase';
  return `is not a PEM file of that kind (${reasonOf(error)})`;
}

function faultOf(certificate: X509Certificate, key: KeyObject, now: number): 'key' | 'expired' | null {
  if (!certificate.checkPrivateKey(key)) return 'key';
  return certificate.validToDate.getTime() < now ? 'expired' : null;
}

function show(reader: Reader, path: Path, file: string): string {
  return find(reader.root, path)?.isSecret === true ? '"…"' : JSON.stringify(file);
}
