import { constants } from 'node:crypto';
import type { SecureVersion } from 'node:tls';

/** Which versions, ciphers and groups are spoken: a part of what makes a `SecureContext`. */
export interface TlsProfile {
  readonly minVersion: SecureVersion;
  /** In OpenSSL's words. */
  readonly ciphers: string;
  readonly ecdhCurve: string;
  readonly honorCipherOrder: boolean;
  readonly secureOptions: number;
}

// RFC 8446 B.4. AES-128 stands first: nobody breaks it, and it costs the least.
const suites13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const;

// RFC 9325 4.2: of TLS 1.2 only what has forward secrecy and authenticates what it encrypts. DHE is left out, because it costs
// us much more than the peer, and who knows it but not ECDHE is older than TLS 1.2. ECDSA before RSA: a signature costs a tenth.
const ciphers12 = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
] as const;

// CBC with SHA-1, and RSA key exchange, for what was built before 2008. Triple DES comes last, and only where OpenSSL was built
// with it, which Node's own is not: names that it does not know are passed over.
const legacyCiphers = [
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA256',
  'AES256-SHA256',
  'AES128-SHA',
  'AES256-SHA',
  'DES-CBC3-SHA',
] as const;

const modernCiphers: ReadonlySet<string> = new Set([...suites13, ...ciphers12]);

/** For everybody. */
export function modernProfile(minVersion: 'TLSv1.2' | 'TLSv1.3'): TlsProfile {
  return profile(minVersion, [...suites13, ...ciphers12]);
}

/** For devices that know nothing newer. They get the best they know all the same. */
export function legacyProfile(minVersion: 'TLSv1' | 'TLSv1.1'): TlsProfile {
  // Level 0: TLS before 1.2 signs with SHA-1 (RFC 4346 7.4.3), which every other level refuses.
  return profile(minVersion, [...suites13, ...ciphers12, ...legacyCiphers, '@SECLEVEL=0']);
}

/** Whether `modernProfile` would have come to this as well. */
export function isModern(protocol: string, cipher: string): boolean {
  return (protocol === 'TLSv1.2' || protocol === 'TLSv1.3') && modernCiphers.has(cipher);
}

function profile(minVersion: SecureVersion, ciphers: readonly string[]): TlsProfile {
  return {
    minVersion,
    ciphers: ciphers.join(':'),
    ecdhCurve: groups(process.versions.openssl),
    honorCipherOrder: true,
    // ChaCha20 for who asks for it first: it has no instruction for AES.
    secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA | constants.SSL_OP_NO_COMPRESSION,
  };
}

/**
 * The groups of a key exchange. OpenSSL's own list has finite fields of 3072 bits and P-521 too, with which a peer makes us work
 * for it. The first is safe from quantum computers (draft-ietf-tls-ecdhe-mlkem), and came with OpenSSL 3.5.
 */
export function groups(openssl: string): string {
  const [major = 0, minor = 0] = openssl.split('.').map(Number);
  const isNew = major > 3 || (major === 3 && minor >= 5);
  return `${isNew ? 'X25519MLKEM768:' : ''}X25519:P-256:P-384`;
}
