/**
 * Metrics, health and the API over HTTP/1.1, read-only. It runs in a worker like any service: the listener admits, this
 * answers, and what it tells comes from the master by `ask`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Json } from '../contract/bus.ts';
import { reasonOf } from '../contract/errors.ts';
import type { Logger } from '../contract/logger.ts';
import { createRoutes } from './routes.ts';

export interface Admin {
  /** Serves one accepted connection until it closes. */
  handle(stream: Duplex): void;
  /** Lets answers under way end, closes all other connections. */
  close(): Promise<void>;
}

export interface AdminOptions {
  /** Asks the master; null when it does not answer. */
  ask(what: AdminQuestion): Promise<Json>;
  readonly log: Logger;
  /** Names under which a browser may call the pages, beside addresses and localhost. */
  readonly hosts?: readonly string[];
  readonly timeouts?: Partial<AdminTimeouts>;
}

export type AdminQuestion = 'status' | 'metrics' | 'sessions';

export interface AdminTimeouts {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  /** How long the master may take to answer. */
  readonly askMs: number;
  /** How long the master may be silent and `/healthz` say that it lives. */
  readonly silentMs: number;
  /** How long answers under way may go on after `close`. */
  readonly drainMs: number;
}

const defaultTimeouts: AdminTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 5_000,
  askMs: 5_000,
  silentMs: 30_000,
  drainMs: 5_000,
};
const maxHeaderBytes = 16_384;
const maxRequestsPerConnection = 1_000;
// Of one connection, not answered yet: nobody who reads the answers sends more ahead.
const maxPipelined = 16;

export function createAdmin(options: AdminOptions): Admin {
  const { log, hosts = [] } = options;
  const times = { ...defaultTimeouts, ...options.timeouts };
  const answer = createRoutes({ ask: (what) => options.ask(what), hosts, ...times });
  const connections = new Set<Duplex>();
  /** Requests of each connection that are not answered yet. */
  const busy = new Map<Duplex, number>();
  let isClosing = false;

  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: times.headersMs,
      requestTimeout: times.requestMs,
      keepAliveTimeout: times.keepAliveMs,
      connectionsCheckingInterval: Math.min(1_000, times.headersMs),
    },
    (request, response) => void respond(request, response),
  );
  server.maxRequestsPerSocket = maxRequestsPerConnection;
  // The server is given its connections and never listens, but Node starts to check the timeouts of headers and
  // requests on this event.
  server.emit('listening');

  return {
    handle(stream) {
      if (isClosing) return void stream.destroy();
      connections.add(stream);
      stream.once('close', () => connections.delete(stream));
      server.emit('connection', stream);
    },
    async close() {
      isClosing = true;
      const closed = [...connections].map((stream) => new Promise((resolve) => stream.once('close', resolve)));
      for (const stream of connections) if (!busy.has(stream)) stream.destroy();
      const deadline = setTimeout(() => connections.forEach((stream) => stream.destroy()), times.drainMs);
      await Promise.all(closed);
      clearTimeout(deadline);
      server.close();
    },
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const ahead = busy.get(socket) ?? 0;
    if (ahead >= maxPipelined) return void socket.destroy();
    busy.set(socket, ahead + 1);
    response.once('close', () => {
      const left = (busy.get(socket) ?? 1) - 1;
      if (left > 0) busy.set(socket, left);
      else busy.delete(socket);
    });
    // A body is of no use here; the connection ends rather than being read for it.
    if (hasBody(request)) response.shouldKeepAlive = false;
    try {
      const { status, headers, body } = await answer(request);
      if (isClosing) response.shouldKeepAlive = false;
      response
        .writeHead(status, { ...securityHeaders, ...headers, 'Content-Length': Buffer.byteLength(body) })
        .end(body);
    } catch (error) {
      log.err('admin request failed', { error: reasonOf(error) });
      if (!response.headersSent) response.writeHead(500, securityHeaders);
      response.end();
    }
  }
}

const securityHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
