// Signed requests and their answers (RFC 8555 6): the directory, nonces, problems.
import { AcmeError } from './acme-error.ts';
import type { Clock } from './clock.ts';
import type { Answer, Exchange, Request } from './exchange.ts';
import { signRequest, type Signer } from './jose.ts';
import { createNonces } from './nonces.ts';
import { kindOf, problemError } from './problem.ts';
import { parseRetryAfter } from './retry-after.ts';
import { createShapes, type Directory, type Shapes } from './shapes.ts';
import { createUrlRule, type UrlRule } from './urls.ts';

export interface TransportOptions {
  readonly directory: string;
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly userAgent: string;
}

export interface Transport {
  readonly urls: UrlRule;
  readonly shapes: Shapes;
  /** Asked for once. */
  directory(signal: AbortSignal): Promise<Directory>;
  /** One signed request. Only when its nonce is not taken is it signed and sent again. */
  post(call: Call, signal: AbortSignal): Promise<Reply>;
  /** POST-as-GET, which changes nothing: in trouble that may pass soon it is tried a few times. */
  read(call: ReadCall, signal: AbortSignal): Promise<Reply>;
}

export interface ReadCall {
  readonly url: string;
  readonly signer: Signer;
  /** For messages: "the order". */
  readonly what: string;
  readonly accept?: string;
}

export interface Call extends ReadCall {
  readonly payload: object | null;
}

/** An answer that is no error. */
export interface Reply {
  readonly location: string | undefined;
  readonly retryAfterMs: number | null;
  readonly body: Buffer;
  /** Throws AcmeError when it is none. */
  json(): unknown;
}

// RFC 8555 6.5: an authority may refuse a nonce it gave itself; one that always does so is broken.
const maxNonceTries = 4;
const maxTries = 4;
const firstPauseMs = 1_000;
/** Longer pauses are for the next renewal. */
const longestPauseMs = 60_000;

export function createTransport({ directory: start, exchange, clock, userAgent }: TransportOptions): Transport {
  const urls = createUrlRule(start);
  const shapes = createShapes(urls);
  const headers = { 'user-agent': userAgent, 'accept-language': 'en' };
  let known: Promise<Directory> | null = null;

  const send = (request: Request, signal: AbortSignal): Promise<Answer> =>
    exchange.send({ ...request, headers: { ...headers, ...request.headers } }, signal);

  const replyOf = (answer: Answer, what: string): Reply => ({
    location: answer.headers.location,
    retryAfterMs: parseRetryAfter(answer.headers['retry-after'], clock.now()),
    body: answer.body,
    json: () => {
      const json = parseJson(answer.body);
      if (json === undefined) throw new AcmeError(`${urls.host} answered with something else than JSON about ${what}`);
      return json;
    },
  });

  /** Throws what the answer says when it is not a success. */
  const checked = (answer: Answer, what: string): Reply => {
    const { status } = answer;
    if (status >= 200 && status < 300) return replyOf(answer, what);
    const problem = parseJson(answer.body);
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], clock.now());
    const isOverloaded = status >= 500 || (status === 429 && retryAfterMs !== null);
    const said = `${urls.host} ${status >= 500 ? 'failed at' : 'refused'} ${what}`;
    const isTold = typeof problem === 'object' && problem !== null;
    throw problemError(problem, {
      said: isTold ? said : `${said} with HTTP status ${status}`,
      retryAfterMs,
      isTemporary: isOverloaded,
    });
  };

  const patiently = async <T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof AcmeError) || !error.isTemporary || tries === maxTries) throw error;
        const pauseMs = error.retryAfterMs ?? firstPauseMs * 2 ** (tries - 1);
        if (pauseMs > longestPauseMs) throw error;
        await clock.wait(Math.max(pauseMs, firstPauseMs), signal);
      }
    }
  };

  const directory = (signal: AbortSignal): Promise<Directory> =>
    (known ??= patiently(async () => {
      const answer = await send({ method: 'GET', url: start, headers: { accept: 'application/json' } }, signal);
      return shapes.directory(checked(answer, 'its directory').json());
    }, signal));

  const nonces = createNonces(urls.host, async (signal) => {
    const { newNonce } = await directory(signal);
    const answer = await send({ method: 'HEAD', url: newNonce, headers: {} }, signal);
    checked(answer, 'a nonce');
    return answer;
  });

  const post = async ({ url, signer, payload, what, accept }: Call, signal: AbortSignal): Promise<Reply> => {
    for (let tries = 1; ; tries += 1) {
      const body = signRequest(signer, { nonce: await nonces.take(signal), url }, payload);
      const type = { 'content-type': 'application/jose+json', ...(accept === undefined ? {} : { accept }) };
      const answer = await send({ method: 'POST', url, headers: type, body }, signal);
      nonces.keep(answer);
      const isNonceRefused = answer.status === 400 && kindOf(parseJson(answer.body)) === 'badNonce';
      if (!isNonceRefused || tries === maxNonceTries) return checked(answer, what);
    }
  };

  return {
    urls,
    shapes,
    directory,
    post,
    read: (call, signal) => patiently(() => post({ ...call, payload: null }, signal), signal),
  };
}

/** undefined when it is no JSON. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
