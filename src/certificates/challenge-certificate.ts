import { encode, octets } from './der.ts';
import { createKey } from './key.ts';
import { parseName } from './names.ts';
import type { CertificatePair } from './pair.ts';
import { toPem } from './pem.ts';
import { createCertificate } from './x509.ts';

const dayMs = 24 * 3_600_000;

export interface ChallengeOrder {
  /** The one name that is to be proved. */
  readonly name: string;
  /** SHA-256 of the key authorization, 32 bytes. */
  readonly digest: Buffer;
  /** Milliseconds. */
  readonly now: number;
}

/** What is shown to an authority that asks by TLS-ALPN-01 (RFC 8737 3), and to nobody else. */
export function createChallengeCertificate({ name, digest, now }: ChallengeOrder): CertificatePair {
  if (digest.length !== 32) throw new RangeError(`expected a digest of 32 bytes, got ${digest.length}`);
  const { privateKey, publicKey, pem } = createKey();
  const der = createCertificate({
    subject: { commonName: 'ACME challenge' },
    publicKey,
    issuer: null,
    signingKey: privateKey,
    notBefore: now - dayMs,
    notAfter: now + 7 * dayMs,
    names: [parseName(name)],
    extensions: [{ id: '1.3.6.1.5.5.7.1.31', isCritical: true, value: encode(octets(digest)) }],
  });
  return { cert: toPem('CERTIFICATE', der), key: pem };
}
