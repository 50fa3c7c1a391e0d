import { bits, encode, integer, objectId, octets, sequence, taggedBytes, truth, type DerNode } from './der.ts';
import type { SubjectName } from './names.ts';

// Extensions of certificates and requests: RFC 5280 4.2.1.

export interface Extension {
  /** Dotted. */
  readonly id: string;
  readonly isCritical: boolean;
  /** DER of its value. */
  readonly value: Buffer;
}

export type Usage = 'server' | 'client';

export function extensionList(extensions: readonly Extension[]): DerNode {
  return sequence(
    ...extensions.map(({ id, isCritical, value }) =>
      // X.690 11.5: what is the default is left out.
      sequence(objectId(id), ...(isCritical ? [truth(true)] : []), octets(value)),
    ),
  );
}

/** An authority, and how many others may stand between it and a leaf; null: a leaf. */
export function basicConstraints(authority: { readonly pathLength: number } | null): Extension {
  const value = authority === null ? sequence() : sequence(truth(true), integer(authority.pathLength));
  return { id: '2.5.29.19', isCritical: true, value: encode(value) };
}

/** Bit 0 is digitalSignature, 5 keyCertSign, 6 cRLSign. X.690 11.2.2: zero bits at the end are left out. */
export function keyUsage(isAuthority: boolean): Extension {
  const value = isAuthority ? bits(Buffer.from([0b0000_0110]), 1) : bits(Buffer.from([0b1000_0000]), 7);
  return { id: '2.5.29.15', isCritical: true, value: encode(value) };
}

export function extendedKeyUsage(usages: readonly Usage[]): Extension {
  const ids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };
  const value = sequence(...usages.map((usage) => objectId(ids[usage])));
  return { id: '2.5.29.37', isCritical: false, value: encode(value) };
}

export function subjectKeyId(keyId: Buffer): Extension {
  return { id: '2.5.29.14', isCritical: false, value: encode(octets(keyId)) };
}

export function authorityKeyId(keyId: Buffer): Extension {
  return { id: '2.5.29.35', isCritical: false, value: encode(sequence(taggedBytes(0, keyId))) };
}

/** RFC 5280 4.2.1.6: dNSName is [2], iPAddress [7]; critical where the subject is empty. */
export function alternativeNames(names: readonly SubjectName[], isCritical: boolean): Extension {
  const general = names.map((name) =>
    name.kind === 'dns' ? taggedBytes(2, Buffer.from(name.text)) : taggedBytes(7, name.bytes),
  );
  return { id: '2.5.29.17', isCritical, value: encode(sequence(...general)) };
}
