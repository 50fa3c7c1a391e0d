import { generateKeyPairSync, hash, type KeyObject } from 'node:crypto';

/** A P-256 key. */
export interface NewKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** PKCS#8 PEM, not encrypted. */
  readonly pem: string;
}

export function createKey(): NewKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, publicKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

/** DER of a SubjectPublicKeyInfo. */
export function publicKeyInfo(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

/**
 * RFC 5280 4.2.1.2 (1): SHA-1 of the key's bits, which are the last 65 bytes of a P-256 key. It only helps to find an
 * issuer; nothing is protected by it.
 */
export function keyIdOf(key: KeyObject): Buffer {
  return hash('sha1', publicKeyInfo(key).subarray(-65), 'buffer');
}
