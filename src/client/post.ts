import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';

import { reasonOf } from '../contract/errors.ts';

/** Where requests go, and what holds for each of them. */
export interface PosterOptions {
  readonly url: URL;
  /** A unix socket to connect to; the URL then says the path and the name of the host. */
  readonly socketPath?: string | undefined;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Certificates (PEM) to trust instead of the usual ones. */
  readonly ca?: string | undefined;
  readonly maxReplyBytes: number;
  /** Connections at once; further requests wait for one. */
  readonly maxConnections: number;
}

/** Makes something of a body that comes piece by piece. */
export interface BodyReader<T> {
  write(chunk: Buffer): void;
  end(): T;
}

export interface Poster {
  /** What the reader makes of the reply. Rejects for whatever is no whole 200; redirects are not followed. */
  post<T>(body: string, createReader: (contentType: string | undefined) => BodyReader<T>): Promise<T>;
  /** Ends the connections. */
  close(): void;
}

/** POSTs over connections that are kept. */
export function createPoster(options: PosterOptions): Poster {
  const { url, timeoutMs, headers, ca, socketPath } = options;
  const place = socketPath === undefined ? url.origin + url.pathname : `${socketPath} ${url.pathname}`;
  const library = url.protocol === 'https:' ? https : http;
  const agent = new library.Agent({ keepAlive: true, maxSockets: options.maxConnections });
  const fixed: RequestOptions & https.RequestOptions = {
    agent,
    method: 'POST',
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(ca === undefined ? {} : { ca }),
  };

  return {
    async post(body, createReader) {
      const signal = AbortSignal.timeout(timeoutMs);
      const request = library.request(url, {
        ...fixed,
        signal,
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
      });
      request.end(body);
      try {
        const response = await responseTo(request);
        if (response.statusCode !== 200) throw new Error(`expected the status 200, got ${response.statusCode}`);
        const reader = createReader(response.headers['content-type']);
        await readReply(response, options.maxReplyBytes, reader.write);
        return reader.end();
      } catch (error) {
        request.destroy();
        const reason = signal.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error);
        throw new Error(`${place}: ${reason}`, { cause: error });
      }
    },
    close: () => agent.destroy(),
  };
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.once('response', resolve);
  // Stays: what goes wrong later is told by the response as well.
  request.on('error', reject);
  return promise;
}

function readReply(response: IncomingMessage, maxBytes: number, take: (chunk: Buffer) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) return reject(new Error(`the answer is longer than ${maxBytes} bytes`));
    try {
      take(chunk);
    } catch (error) {
      reject(error);
    }
  });
  response.once('end', resolve);
  response.once('error', reject);
  response.once('close', () => reject(new Error('the answer was cut short')));
  return promise;
}
