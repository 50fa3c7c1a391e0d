import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';

import { reasonOf } from '../contract/errors.ts';
import { CertificateError, type CertificatePart } from './certificate-error.ts';
import { readPemBlocks, type PemBlock } from './pem.ts';
import { validityOf } from './validity.ts';

// Certificates and keys out of texts that may be anything. Reading itself is OpenSSL's; here is what to say when it fails.

export const maxPemLength = 1024 ** 2;
export const maxCertificates = 50;

/** All certificates of a text, at least one, with dates that are some; throws CertificateError. `name` is what messages call the text. */
export function readCertificates(text: string, name: string): readonly X509Certificate[] {
  const blocks = readBlocks(text, 'cert', name);
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE');
  if (certificates.length === 0) throw notPem(text, blocks, 'cert', name);
  if (certificates.length > maxCertificates)
    throw new CertificateError('too_large', 'cert', `${name} holds more than ${maxCertificates} certificates`);
  return certificates.map((block) => {
    try {
      const certificate = new X509Certificate(block.text);
      validityOf(certificate);
      return certificate;
    } catch (error) {
      throw damaged('cert', `${name} holds a certificate that cannot be read`, error);
    }
  });
}

/** The first private key of a text; throws CertificateError. */
export function readPrivateKey(text: string, name: string, passphrase: string | null): KeyObject {
  const blocks = readBlocks(text, 'key', name);
  const block = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) throw notPem(text, blocks, 'key', name);
  if (block.label === 'OPENSSH PRIVATE KEY')
    throw new CertificateError(
      'not_pem',
      'key',
      `${name} holds a key of OpenSSH's own kind, which is not for certificates`,
    );
  // RFC 7468 11, or the header of RFC 1421 that OpenSSL's older kinds have.
  const isEncrypted = block.label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(block.text);
  return isEncrypted ? decrypt(block, name, passphrase) : parseKey(block, name);
}

function readBlocks(text: string, part: CertificatePart, name: string): readonly PemBlock[] {
  if (text.length > maxPemLength) throw new CertificateError('too_large', part, `${name} is larger than 1MB`);
  if (text.trim() === '') throw new CertificateError('empty', part, `${name} is empty`);
  return readPemBlocks(text);
}

function parseKey(block: PemBlock, name: string): KeyObject {
  try {
    return createPrivateKey(block.text);
  } catch (error) {
    throw damaged('key', `${name} holds a private key that cannot be read`, error);
  }
}

function decrypt(block: PemBlock, name: string, passphrase: string | null): KeyObject {
  if (passphrase === null)
    throw new CertificateError('encrypted', 'key', `${name} holds an encrypted key, and there is no passphrase for it`);
  try {
    return createPrivateKey({ key: block.text, passphrase });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_OSSL_EVP_UNSUPPORTED')
      throw new CertificateError(
        'passphrase',
        'key',
        `${name} is encrypted in a way that OpenSSL no longer supports; encrypt it anew: openssl pkcs8 -topk8`,
      );
    // Of a wrong passphrase comes noise, which now and then fails in another way than most noise.
    throw new CertificateError('passphrase', 'key', `${name} cannot be decrypted: the passphrase is wrong`);
  }
}

function notPem(text: string, blocks: readonly PemBlock[], part: CertificatePart, name: string): CertificateError {
  const wanted = part === 'cert' ? 'certificate' : 'private key';
  return new CertificateError('not_pem', part, `${name} holds no ${wanted} in PEM form${hint(text, blocks, part)}`);
}

/** What the file may be in place of what is wanted. */
function hint(text: string, blocks: readonly PemBlock[], part: CertificatePart): string {
  const convert = part === 'cert' ? 'openssl x509 -inform der' : 'openssl pkey -inform der';
  // What DER and PKCS#12 have at their beginning, and what bytes that are no UTF-8 have become.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000\ufffd]/.test(text)) return text.startsWith('0') ? `; if it is DER: ${convert}` : ': it is not text';
  const held = [...new Set(blocks.map(({ label }) => label))].join(', ');
  if (held !== '') return `, but: ${held}`;
  return text.includes('-----BEGIN ') ? ': it ends in the middle' : '';
}

function damaged(part: CertificatePart, message: string, error: unknown): CertificateError {
  return new CertificateError('not_pem', part, `${message} (${reasonOf(error)})`);
}
