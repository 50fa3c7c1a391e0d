import { reasonOf } from '../contract/errors.ts';

// What OpenSSL says where nobody that we trust has issued the certificate.
const stranger: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
]);

/** Why there is no connection, as `reasonOf`; of a certificate that is not trusted with what mends it here, and not in Node.js. */
export function connectReason(error: unknown): string {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === undefined || !stranger.has(code)) return reasonOf(error);
  const what = code.includes('SELF_SIGNED') ? 'self-signed certificate' : 'unknown issuer';
  return `the server's certificate is not trusted (${what}): name the file of its authority in the delivery's ca`;
}
