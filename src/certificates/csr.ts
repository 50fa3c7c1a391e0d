import { encoded, integer, objectId, sequence, set, tagged } from './der.ts';
import { alternativeNames, extensionList } from './extensions.ts';
import { createKey, publicKeyInfo } from './key.ts';
import { parseNames } from './names.ts';
import { distinguishedName, signed } from './signed.ts';

export interface CertificateRequest {
  /** DER of a PKCS#10 request (RFC 2986). */
  readonly der: Buffer;
  /** PEM of its new P-256 key. */
  readonly key: string;
}

/** Asks for a certificate with these names; throws CertificateError for a bad one. */
export function createRequest(names: readonly string[]): CertificateRequest {
  const { privateKey, publicKey, pem } = createKey();
  // RFC 8555 7.4: all names stand in the extension; authorities take the subject from there.
  const extensions = extensionList([alternativeNames(parseNames(names), false)]);
  const extensionRequest = sequence(objectId('1.2.840.113549.1.9.14'), set(extensions));
  const body = sequence(
    integer(0),
    distinguishedName({}),
    encoded(publicKeyInfo(publicKey)),
    tagged(0, extensionRequest),
  );
  return { der: signed(body, privateKey), key: pem };
}
