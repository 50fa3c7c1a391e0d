import { randomBytes, type KeyObject } from 'node:crypto';

import { encoded, integer, sequence, tagged, time } from './der.ts';
import {
  alternativeNames,
  authorityKeyId,
  basicConstraints,
  extendedKeyUsage,
  extensionList,
  keyUsage,
  subjectKeyId,
  type Extension,
  type Usage,
} from './extensions.ts';
import { keyIdOf, publicKeyInfo } from './key.ts';
import type { SubjectName } from './names.ts';
import { distinguishedName, signatureAlgorithm, signed, type DistinguishedName } from './signed.ts';

export interface CertificateContent {
  readonly subject: DistinguishedName;
  /** P-256. */
  readonly publicKey: KeyObject;
  /** null: the certificate is signed with its own key, and its subject is its issuer. */
  readonly issuer: Issuer | null;
  /** The issuer's P-256 key. */
  readonly signingKey: KeyObject;
  /** Milliseconds; whole seconds are kept. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly names?: readonly SubjectName[];
  /** An authority, and how many others may stand between it and a leaf; null: a leaf. */
  readonly authority?: { readonly pathLength: number } | null;
  readonly usages?: readonly Usage[];
  /** Others, as they are. */
  readonly extensions?: readonly Extension[];
}

export interface Issuer {
  /** DER of its subject. */
  readonly name: Buffer;
  /** The subject key identifier that stands in its certificate; null: there is none. */
  readonly keyId: Buffer | null;
}

/** DER of an X.509 version 3 certificate (RFC 5280). */
export function createCertificate(content: CertificateContent): Buffer {
  const subject = distinguishedName(content.subject);
  const body = sequence(
    tagged(0, integer(2)),
    integer(randomSerial()),
    signatureAlgorithm(),
    content.issuer === null ? subject : encoded(content.issuer.name),
    sequence(time(content.notBefore), time(content.notAfter)),
    subject,
    encoded(publicKeyInfo(content.publicKey)),
    tagged(3, extensionList(extensionsOf(content))),
  );
  return signed(body, content.signingKey);
}

/** The subject of a leaf: its first name, where that is short enough for one (RFC 5280 appendix A, ub-common-name). */
export function subjectFor(names: readonly SubjectName[]): DistinguishedName {
  const first = names[0]?.text;
  return first === undefined || first.length > 64 ? {} : { commonName: first };
}

/** RFC 5280 4.1.2.2: positive and at most 20 bytes. The first byte keeps it positive and 16 bytes long. */
function randomSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

function extensionsOf(content: CertificateContent): readonly Extension[] {
  const { authority = null, names = [], usages = [], extensions = [] } = content;
  const keyId = keyIdOf(content.publicKey);
  const issuerKeyId = content.issuer === null ? keyId : content.issuer.keyId;
  const isSubjectEmpty = Object.keys(content.subject).length === 0;
  return [
    basicConstraints(authority),
    keyUsage(authority !== null),
    ...(usages.length === 0 ? [] : [extendedKeyUsage(usages)]),
    subjectKeyId(keyId),
    ...(issuerKeyId === null ? [] : [authorityKeyId(issuerKeyId)]),
    ...(names.length === 0 ? [] : [alternativeNames(names, isSubjectEmpty)]),
    ...extensions,
  ];
}
