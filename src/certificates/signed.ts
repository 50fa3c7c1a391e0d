import { sign, type KeyObject } from 'node:crypto';

import { bits, encode, objectId, sequence, set, utf8Text, type DerNode } from './der.ts';
import { isP256 } from './key.ts';

// What certificates (RFC 5280) and requests (RFC 2986) have in common.

export interface DistinguishedName {
  readonly organization?: string;
  /** At most 64 characters. */
  readonly commonName?: string;
}

/** What is signed, how, and the signature by a P-256 key. */
export function signed(body: DerNode, key: KeyObject): Buffer {
  if (!isP256(key)) throw new TypeError('expected a P-256 key to sign with');
  const signature = sign('sha256', encode(body), { key, dsaEncoding: 'der' });
  return encode(sequence(body, signatureAlgorithm(), bits(signature)));
}

/** ecdsa-with-SHA256, without parameters (RFC 5758 3.2). */
export function signatureAlgorithm(): DerNode {
  return sequence(objectId('1.2.840.10045.4.3.2'));
}

export function distinguishedName({ organization, commonName }: DistinguishedName): DerNode {
  const attribute = (id: string, text: string | undefined): DerNode[] =>
    text === undefined ? [] : [set(sequence(objectId(id), utf8Text(text)))];
  return sequence(...attribute('2.5.4.10', organization), ...attribute('2.5.4.3', commonName));
}
