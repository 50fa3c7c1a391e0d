import { X509Certificate } from 'node:crypto';

import { issuerOf } from '../../src/certificates/issuer.ts';
import { createKey, type NewKey } from '../../src/certificates/key.ts';
import { parseNames } from '../../src/certificates/names.ts';
import { toPem } from '../../src/certificates/pem.ts';
import { createCertificate, type CertificateContent } from '../../src/certificates/x509.ts';

/** Noon, the 15th of January 2026. */
export const noon = Date.UTC(2026, 0, 15, 12);
export const dayMs = 24 * 3_600_000;

export interface Made {
  readonly key: NewKey;
  readonly certificate: X509Certificate;
  readonly cert: string;
}

export interface Wish extends Partial<Omit<CertificateContent, 'names' | 'issuer'>> {
  readonly names?: readonly string[];
  readonly by?: Made;
  readonly key?: NewKey;
}

/** A certificate that is valid for a day before and ten after noon. */
export function make({ names = [], by, key = createKey(), ...more }: Wish = {}): Made {
  const der = createCertificate({
    subject: { commonName: names[0] ?? 'somebody' },
    publicKey: key.publicKey,
    issuer: by === undefined ? null : issuerOf(by.certificate),
    signingKey: (by?.key ?? key).privateKey,
    notBefore: noon - dayMs,
    notAfter: noon + 10 * dayMs,
    names: names.length === 0 ? [] : parseNames(names),
    ...more,
  });
  return { key, certificate: new X509Certificate(der), cert: toPem('CERTIFICATE', der) };
}

export function makeAuthority(commonName: string, by?: Made): Made {
  return make({ subject: { commonName }, authority: { pathLength: by === undefined ? 1 : 0 }, ...(by && { by }) });
}
