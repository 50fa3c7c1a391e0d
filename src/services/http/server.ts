import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

import type { Service, ServiceContext } from '../../contract/service.ts';
import type { Session } from '../../contract/session.ts';
import { createBag } from '../../wire/bag.ts';
import { Connection, Turn, type ConnectionHost } from './connection.ts';
import { HttpError } from './route.ts';

export interface HttpLimits {
  /** How long the header of a request may take, from the first byte (or the beginning of the connection) on. */
  readonly headersMs: number;
  /** How long a connection may wait for its next request. */
  readonly keepAliveMs: number;
  readonly requestsPerConnection: number;
}

export interface HttpServerOptions {
  readonly limits: HttpLimits;
  readonly context: Pick<ServiceContext, 'draining'>;
  /** Ends the response sooner or later, and throws nothing. */
  answer(turn: Turn, session: Session): void;
  /** What came on a connection is no request. */
  refused(session: Session, error: HttpError): void;
}

const maxHeaderBytes = 16_384;
const maxHeaderFields = 256;
// From here on an answer that is under way is the last; a peer whose next request is on its way already gets that, too.
const idleGraceMs = 500;
// How late the end of a slow header may be noticed.
const longestCheckMs = 1_000;

/** node:http, given the connections of our own listeners. */
export function createHttpServer(options: HttpServerOptions): Pick<Required<Service>, 'connection' | 'stop'> {
  const { limits, context } = options;
  const connections = createBag<Connection>();

  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: limits.headersMs,
    // Bodies may be large: the session's idle limit is for those that do not come.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(longestCheckMs, limits.headersMs),
    requireHostHeader: false,
  });
  server.maxHeadersCount = maxHeaderFields + 1;
  // `printf … | nc -N` ends its direction behind the request and waits for the answer.
  (server as unknown as { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  // The server is given its connections and never listens, but node:http starts to look for headers that do not come on
  // this event.
  server.emit('listening');

  const take = (request: IncomingMessage, response: ServerResponse, refusal: HttpError | null = null): void => {
    const connection = Connection.of(request.socket);
    if (connection === undefined) return void request.socket.destroy();
    if (context.draining.aborted) response.shouldKeepAlive = false;
    connection.take(new Turn(request, response, refusal));
  };
  server.on('request', (request, response) => take(request, response));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    continueWhenRead(request, response);
    take(request, response);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    take(request, response, new HttpError(417, 'This server cannot do what the request expects.')),
  );
  // A proxy is none of the things that this is.
  server.on('connect', (_request, socket) =>
    refuse(socket, new HttpError(405, 'This is no proxy.', { Allow: allowed })),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const code = error.code ?? '';
    // Lost, in one way or another.
    if (!code.startsWith('HPE_') && code !== 'ERR_HTTP_REQUEST_TIMEOUT') return void socket.destroy();
    // RFC 9112 9.6: what follows the request that was to be the last is not looked at.
    refuse(socket, code === 'HPE_CLOSED_CONNECTION' ? null : describe(code));
  });
  // No next request in time.
  server.on('timeout', (socket: Socket) => Connection.of(socket)?.leave());

  const refuse = (socket: Duplex, error: HttpError | null): void => {
    const connection = Connection.of(socket);
    if (connection === undefined) return void socket.destroy();
    if (error !== null) options.refused(connection.session, error);
    connection.refuse(error);
  };

  const host: ConnectionHost = {
    maxRequests: limits.requestsPerConnection,
    answer: (turn, session) => options.answer(turn, session),
    left: connections.delete,
  };
  const hand = (socket: Socket): void => void server.emit('connection', socket);

  const onDraining = (): void => {
    for (const connection of connections.values()) if (!connection.isIdle) connection.drain();
    setTimeout(() => {
      for (const connection of connections.values()) if (connection.isIdle) connection.leave();
    }, idleGraceMs).unref();
  };
  context.draining.addEventListener('abort', onDraining);

  return {
    connection(session) {
      const connection = new Connection(host, session);
      connections.add(connection);
      connection.hand(hand);
      return connection.over;
    },
    stop() {
      context.draining.removeEventListener('abort', onDraining);
      server.close();
    },
  };
}

const allowed = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';

/** Whether a request has more header fields than are looked at: the rest would be missing without a word. */
export function hasTooManyFields({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.length > 2 * maxHeaderFields;
}

/**
 * RFC 9110 10.1.1: the peer sends its body when it is told to, and that is when a route first reads it. Who is answered
 * before may send the body all the same or may not, so that nothing can follow on the connection.
 */
function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const keepAlive = response.shouldKeepAlive;
  response.shouldKeepAlive = false;
  // oxlint-disable-next-line typescript/unbound-method -- called with its own request
  const read = request._read;
  request._read = (size) => {
    request._read = read;
    if (!response.headersSent) {
      response.writeContinue();
      response.shouldKeepAlive = keepAlive;
    }
    read.call(request, size);
  };
}

function describe(code: string): HttpError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HttpError(431, `The header of the request is larger than ${maxHeaderBytes} bytes.`);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new HttpError(413, 'The chunks of the request carry too much beside its body.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpError(408, 'The header of the request did not come in time.');
    default:
      return new HttpError(400, 'The request cannot be understood.');
  }
}
