import { AcmeError } from './acme-error.ts';
import type { Answer } from './exchange.ts';

export interface Nonces {
  /** One that was not used yet. */
  take(signal: AbortSignal): Promise<string>;
  /** Every answer may bring one (RFC 8555 6.5). */
  keep(answer: Answer): void;
}

export function createNonces(host: string, fetchOne: (signal: AbortSignal) => Promise<Answer>): Nonces {
  // The newest only: authorities forget old ones, and requests come one after the other.
  let kept: string | null = null;

  return {
    async take(signal) {
      const nonce = kept ?? nonceOf(await fetchOne(signal));
      kept = null;
      if (nonce === null) throw new AcmeError(`${host} gave no usable nonce`);
      return nonce;
    },
    keep(answer) {
      kept = nonceOf(answer);
    },
  };
}

/** RFC 8555 6.5.1: one with other characters than base64url's has to be ignored. */
function nonceOf({ headers }: Answer): string | null {
  const nonce = headers['replay-nonce'];
  return typeof nonce === 'string' && /^[A-Za-z0-9_-]{1,512}$/.test(nonce) ? nonce : null;
}
