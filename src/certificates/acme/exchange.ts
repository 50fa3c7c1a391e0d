// One HTTP request and its answer, with limits on time and size. What comes back is untrusted.
import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import tls from 'node:tls';

import { reasonOf } from '../../contract/errors.ts';
import { printable } from '../../wire/printable.ts';
import { AcmeError } from './acme-error.ts';

export interface ExchangeOptions {
  /** PEM of the authorities that servers' certificates are checked against; null: the system's and Node's. */
  readonly ca: string | null;
  /** For the whole of one exchange. */
  readonly timeoutMs: number;
  /** Of an answer's body. */
  readonly maxBytes: number;
}

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Exchange {
  /** Rejects with AcmeError, or with the signal's reason. */
  send(request: Request, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

export function createExchange({ ca, timeoutMs, maxBytes }: ExchangeOptions): Exchange {
  const plain = new http.Agent({ keepAlive: true });
  // Made when it is needed: reading the system's authorities takes its time.
  let secure: https.Agent | null = null;
  const secureAgent = (): https.Agent =>
    (secure ??= new https.Agent({ keepAlive: true, ca: ca ?? trustedAuthorities() }));

  const sendOnce = async (request: Request, signal: AbortSignal): Promise<Answer> => {
    const { method, url, headers, body } = request;
    const options = { method, headers, signal };
    const outgoing = url.startsWith('https:')
      ? https.request(url, { ...options, agent: secureAgent() })
      : http.request(url, { ...options, agent: plain });
    try {
      outgoing.end(body);
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      // Once an answer has begun, errors come to it; nobody may be surprised by one here.
      outgoing.on('error', () => {});
      return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: await collect(incoming, maxBytes) };
    } catch (error) {
      // The connection was kept from before, and was closed by the other end in the same moment.
      if (outgoing.reusedSocket && codeOf(error) === 'ECONNRESET') return sendOnce(request, signal);
      throw error;
    }
  };

  return {
    async send(request, signal) {
      const { host } = new URL(request.url);
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        return await sendOnce(request, AbortSignal.any([signal, limit]));
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TooLarge) throw new AcmeError(`${host} sent more than ${maxBytes} bytes`);
        throw limit.aborted ? tooSlow(host, timeoutMs) : unreachable(host, error);
      }
    },
    close() {
      plain.destroy();
      secure?.destroy();
    },
  };
}

class TooLarge extends Error {}

async function collect(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An authority inside a company is known to the system, not to Node. */
function trustedAuthorities(): string[] {
  return [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])];
}

function tooSlow(host: string, timeoutMs: number): AcmeError {
  return new AcmeError(`${host} did not answer within ${timeoutMs / 1000} s`, { isTemporary: true });
}

function unreachable(host: string, error: unknown): AcmeError {
  const code = codeOf(error);
  const isDistrusted = /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code);
  const reason = printable(reasonOf(error) || code, 200);
  return isDistrusted
    ? new AcmeError(`the certificate of ${host} is not trusted: ${reason}`, { cause: error })
    : new AcmeError(`cannot talk to ${host}: ${reason}`, { cause: error, isTemporary: true });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
