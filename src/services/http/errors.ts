import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';

import { PeerError, reasonOf, TemporaryError } from '../../contract/errors.ts';
import type { Session } from '../../contract/session.ts';
import { HttpError } from './route.ts';

// What goes wrong becomes a plain page, which names the session so that an operator finds its lines in the log.

export interface Failure {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly session: Session;
  /** "": it came to none. */
  readonly route: string;
}

/** Answers with an error, or ends an answer that was begun. What is no answer meant for the peer is logged. */
export function answerError({ request, response, session, route }: Failure, error: unknown): void {
  const httpError = error instanceof HttpError ? error : explain(session, response, error);
  logFailure(session, route, httpError);
  if (response.writableEnded) return;
  // The peer has to see that this was not all.
  if (response.headersSent) return void response.destroy();
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  if (isUnread(request)) response.shouldKeepAlive = false;
  const { type, body } = errorPage(httpError, session.id, request.headers.accept);
  response.writeHead(httpError.status, {
    ...pageHeaders,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    ...httpError.headers,
  });
  response.end(body);
}

/** What of this machine is in the way of an answer is for who looks after it. */
export function logFailure(session: Session, route: string, { status, reason }: HttpError): void {
  if (reason === null) return;
  // That a file cannot be read by us is often what is wanted.
  session.log[status >= 500 ? 'err' : 'warning'](reason, { event: 'http.failed', route, status });
}

/** For who has sent nothing that a response could be for: the whole answer as it goes over the connection. */
export function rawAnswer(error: HttpError, session: string): string {
  const { type, body } = errorPage(error, session, undefined);
  const headers = {
    Date: new Date().toUTCString(),
    Connection: 'close',
    ...pageHeaders,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    ...error.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${error.status} ${reasonPhrase(error.status)}\r\n${lines.join('')}\r\n${body}`;
}

/** The rest of a small body is read and dropped, so that the connection can go on; nobody waits for more. */
const maxDroppedBytes = 65_536;

/** Whether more of the request's body may come than is worth being read for nothing. */
export function isUnread(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const length = request.headers['content-length'];
  return length === undefined ? request.headers['transfer-encoding'] !== undefined : Number(length) > maxDroppedBytes;
}

const pageHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
} as const;

function explain(session: Session, response: ServerResponse, error: unknown): HttpError {
  if (error instanceof TemporaryError) {
    const seconds = Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000));
    return new HttpError(503, 'This cannot be done just now. Try again later.', { 'Retry-After': String(seconds) });
  }
  // Whoever has left is told nothing, and that somebody has left is no news.
  const isGone = response.destroyed || session.stream.destroyed;
  if (error instanceof PeerError) {
    session.log.info('peer broke the protocol', { event: 'peer.error', error: error.message });
    return new HttpError(400, 'The request cannot be understood.');
  }
  if (!isGone) {
    const isOfTheSystem = typeof (error as { errno?: unknown } | null)?.errno === 'number';
    const stack = error instanceof Error && !isOfTheSystem ? error.stack : undefined;
    session.log.err('service failed on a session', { event: 'service.error', error: reasonOf(error), stack });
  }
  return new HttpError(500, 'Something went wrong here. It has been written to the log.');
}

function errorPage(error: HttpError, session: string, accept: string | undefined): { type: string; body: string } {
  const title = `${error.status} ${reasonPhrase(error.status)}`;
  if (accept?.includes('text/html') !== true) {
    return { type: 'text/plain; charset=utf-8', body: `${title}\n${error.message}\nSession ${session}\n` };
  }
  return {
    type: 'text/html; charset=utf-8',
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(error.message)}</p>
<p>Session ${escapeHtml(session)}</p>
</html>
`,
  };
}

export function reasonPhrase(status: number): string {
  return STATUS_CODES[status] ?? 'Unknown';
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
