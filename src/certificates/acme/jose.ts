// JSON Web Signature (RFC 7515) and JSON Web Key (RFC 7517, 7638), as much of them as ACME needs: ES256 with P-256 keys.
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** The members that a thumbprint is made of, in the order that it is made in. */
export interface Jwk {
  readonly crv: 'P-256';
  readonly kty: 'EC';
  readonly x: string;
  readonly y: string;
}

/** Who signs: an account that is known by its URL, or a key that is not known yet (RFC 8555 6.2). */
export interface Signer {
  readonly key: KeyObject;
  readonly kid: string | null;
}

export interface ProtectedFields {
  readonly nonce: string;
  readonly url: string;
}

/** The flattened JSON serialization. `payload` null is POST-as-GET (RFC 8555 6.3). */
export function signRequest({ key, kid }: Signer, { nonce, url }: ProtectedFields, payload: object | null): string {
  const header = kid === null ? { alg: 'ES256', jwk: jwkOf(key), nonce, url } : { alg: 'ES256', kid, nonce, url };
  const head = base64url(JSON.stringify(header));
  const body = payload === null ? '' : base64url(JSON.stringify(payload));
  // RFC 7518 3.4: the two numbers one after the other, not in DER.
  const signature = sign('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' });
  return JSON.stringify({ protected: head, payload: body, signature: base64url(signature) });
}

/** RFC 7638 3: SHA-256 of the required members, sorted by name, without white space. */
export function thumbprintOf(key: KeyObject): string {
  const { crv, kty, x, y } = jwkOf(key);
  return base64url(createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest());
}

/** The public half of a P-256 key; throws when it is another kind of key. */
export function jwkOf(key: KeyObject): Jwk {
  const { kty, crv, x, y } = key.export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) throw new Error('not a P-256 key');
  return { crv, kty, x, y };
}

export function createAccountKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export function base64url(data: string | Buffer): string {
  return Buffer.from(data as string).toString('base64url');
}
