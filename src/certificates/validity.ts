import type { X509Certificate } from 'node:crypto';

/** Milliseconds. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Throws where the dates are none: OpenSSL reads such certificates, and Node then makes other dates up. */
export function validityOf({ validFrom, validTo }: X509Certificate): Validity {
  // "Jan 25 12:00:00 2026 GMT", or "Bad time value".
  const [notBefore, notAfter] = [Date.parse(validFrom), Date.parse(validTo)];
  if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) throw new RangeError('its dates are none');
  return { notBefore, notAfter };
}
