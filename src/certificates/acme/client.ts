/**
 * Certificates from a public authority, or one inside a company, by ACME (RFC 8555; addresses by RFC 8738). All that the
 * authority sends is untrusted. Making requests and answering challenges is done by whoever uses this.
 */
import type { Logger } from '../../contract/logger.ts';
import { openAccount, type AcmeAccount } from './account.ts';
import { AcmeError } from './acme-error.ts';
import { checkChain } from './chain.ts';
import type { Publisher } from './challenges.ts';
import { systemClock, type Clock } from './clock.ts';
import { createExchange } from './exchange.ts';
import { identifiersOf } from './names.ts';
import { placeOrder, type CertificateRequest, type Issued } from './order.ts';
import { createTransport, type Transport } from './transport.ts';
import { createTurns } from './turns.ts';

export interface AcmeClientOptions extends Publisher {
  /** URL of the authority's directory: https, or http on loopback. */
  readonly directory: string;
  readonly email: string | null;
  /** PEM of the authorities that the directory's own certificate is checked against; null: the system's. */
  readonly ca: string | null;
  /** Where the account's key is kept; made when it is missing. */
  readonly folder: string;
  /** A request for these names (lower case, ASCII; addresses too) with a new key. */
  makeRequest(names: readonly string[]): Promise<CertificateRequest>;
  readonly log: Logger;
  readonly userAgent?: string;
  readonly clock?: Clock;
  readonly limits?: Partial<AcmeLimits>;
}

export interface AcmeLimits {
  /** For one request and its answer. */
  readonly requestMs: number;
  /** For the authority to look at one name, and to issue. */
  readonly decideMs: number;
  /** For all of it. */
  readonly obtainMs: number;
  /** Of one answer. */
  readonly maxBytes: number;
}

export interface AcmeClient {
  /**
   * A new certificate for these names. Rejects with AcmeError, or with the signal's reason; then all challenges are
   * withdrawn.
   */
  obtain(wanted: Wanted): Promise<ObtainedCertificate>;
}

export interface Wanted {
  readonly names: readonly string[];
  readonly signal: AbortSignal;
}

export interface ObtainedCertificate {
  /** PEM: the certificate, then those of its issuers. */
  readonly cert: string;
  /** PEM */
  readonly key: string;
}

const usualLimits: AcmeLimits = {
  requestMs: 30_000,
  decideMs: 5 * 60_000,
  obtainMs: 20 * 60_000,
  maxBytes: 1024 ** 2,
};

export function createAcmeClient(options: AcmeClientOptions): AcmeClient {
  const { directory, ca, makeRequest, log, userAgent = 'portico', clock = systemClock } = options;
  const limits = { ...usualLimits, ...options.limits };
  // Two orders at once would each make an account.
  const turns = createTurns();

  const accountOf = (transport: Transport, signal: AbortSignal, isForgotten: boolean): Promise<AcmeAccount> =>
    turns.take(() => openAccount({ ...options, transport, isForgotten }, signal));

  const order = async (transport: Transport, { names, signal }: Wanted): Promise<Issued> => {
    const identifiers = identifiersOf(names);
    const place = (account: AcmeAccount): Promise<Issued> =>
      placeOrder(
        { transport, account, identifiers, publisher: options, makeRequest, clock, timeoutMs: limits.decideMs, log },
        signal,
      );
    try {
      return await place(await accountOf(transport, signal, false));
    } catch (error) {
      if (!(error instanceof AcmeError) || error.kind !== 'accountDoesNotExist') throw error;
      log.warning(`${transport.urls.host} does not know our account any more`);
      return place(await accountOf(transport, signal, true));
    }
  };

  const obtain = async ({ names, signal }: Wanted): Promise<ObtainedCertificate> => {
    const exchange = createExchange({ ca, timeoutMs: limits.requestMs, maxBytes: limits.maxBytes });
    try {
      const transport = createTransport({ directory, exchange, clock, userAgent });
      const { chain, key } = await order(transport, { names, signal });
      const { cert, warnings } = checkChain({
        text: chain,
        key,
        names: identifiersOf(names).map(({ value }) => value),
        now: clock.now(),
      });
      for (const warning of warnings) log.warning(`${transport.urls.host}: ${warning}`);
      return { cert, key };
    } finally {
      exchange.close();
    }
  };

  return {
    async obtain({ names, signal }) {
      const limit = AbortSignal.timeout(limits.obtainMs);
      try {
        return await obtain({ names, signal: AbortSignal.any([signal, limit]) });
      } catch (error) {
        if (!limit.aborted || signal.aborted || error instanceof AcmeError) throw error;
        throw new AcmeError(`no certificate came within ${limits.obtainMs / 1000} s`, { cause: error });
      }
    },
  };
}
