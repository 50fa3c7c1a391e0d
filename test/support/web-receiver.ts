import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

import type { Test } from 'tap';

export interface WebRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly size: number;
  readonly sha256: string;
  /** null: it was too large to be kept. */
  readonly body: Buffer | null;
}

export interface WebReceiver {
  readonly url: string;
  /** Those that came whole. */
  readonly requests: readonly WebRequest[];
  /** Connections that were made so far. */
  connections(): number;
  /** Those that began and did not come to their end. */
  broken(): number;
  close(): Promise<void>;
}

export interface WebReceiverOptions {
  /** Default: 204. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse, count: number) => void;
  /** Answers before it has read anything. */
  readonly isHasty?: boolean;
  readonly tls?: { readonly cert: string; readonly key: string };
}

const maxKept = 1024 ** 2;

/** A server that keeps what it is sent. */
export async function startWebReceiver(t: Test, options: WebReceiverOptions = {}): Promise<WebReceiver> {
  const { answer = (_request, response) => void response.writeHead(204).end(), isHasty = false, tls } = options;
  const requests: WebRequest[] = [];
  let [connections, begun] = [0, 0];
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    begun += 1;
    const count = begun;
    request.on('error', () => {});
    response.on('error', () => {});
    if (isHasty) return answer(request, response, count);
    void take(request).then(
      (taken) => {
        requests.push(taken);
        answer(request, response, count);
      },
      () => {},
    );
  };
  const server = tls === undefined ? http.createServer(serve) : https.createServer(tls, serve);
  server.on('connection', () => (connections += 1)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> =>
    (closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }));
  t.teardown(close);
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    requests,
    connections: () => connections,
    broken: () => (isHasty ? 0 : begun - requests.length),
    close,
  };
}

async function take(request: IncomingMessage): Promise<WebRequest> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
    if (size <= maxKept) chunks.push(chunk);
  }
  const { method = '', url = '', headers } = request;
  const body = size <= maxKept ? Buffer.concat(chunks) : null;
  return { method, url, headers, size, sha256: hash.digest('hex'), body };
}
