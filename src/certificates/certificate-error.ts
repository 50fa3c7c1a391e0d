/** Which part of a pair is at fault. */
export type CertificatePart = 'cert' | 'key';

export type CertificateFault =
  | 'empty'
  | 'too_large'
  | 'not_pem'
  | 'encrypted'
  | 'passphrase'
  | 'mismatch'
  | 'expired'
  | 'not_yet_valid'
  | 'unusable'
  | 'name'
  | 'authority';

/** Something is wrong with a certificate or a key; the message says what, and what to do where that is not plain. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly fault: CertificateFault;
  readonly part: CertificatePart;
  constructor(fault: CertificateFault, part: CertificatePart, message: string) {
    super(message);
    this.fault = fault;
    this.part = part;
  }
}
