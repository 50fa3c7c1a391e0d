import type { IncomingMessage } from 'node:http';

import { formatEndpoint } from '../../../contract/endpoint.ts';
import { checkBodyLength } from '../body.ts';
import { HttpError, type Exchange } from '../route.ts';
import { createRequestBody } from './request-body.ts';

// Bytes from the peer become a Request here. Nothing of them may change where the URL points to, or how much is read.

/** A request as the app sees it. */
export interface AppRequest {
  readonly request: Request;
  /** To be called when the app has answered. */
  leave(): void;
}

/** The exchange's request in the shape of the Fetch standard; its body is read as the app reads it. */
export function createAppRequest(exchange: Exchange, maxBytes: number): AppRequest {
  const { request, signal } = exchange;
  const method = request.method ?? 'GET';
  const init = { method, headers: headersOf(exchange), signal };
  const url = urlOf(exchange);
  checkBodyLength(request, maxBytes);
  const body = createRequestBody(request, maxBytes);
  // The Fetch standard has no bodies of these.
  const hasBody = method !== 'GET' && method !== 'HEAD' && announcesBody(request);
  return {
    request: new Request(url, hasBody ? { ...init, body: body.stream, duplex: 'half' } : init),
    leave: body.leave,
  };
}

/** RFC 9112 6.3: a request without both headers has no body. */
function announcesBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  return headers['content-length'] !== undefined && headers['content-length'] !== '0';
}

function urlOf({ session, host, path, query }: Exchange): string {
  const { tls, local } = session;
  // Only HTTP/1.0 may name no host.
  const authority = host ?? (local.family === 'unix' ? 'localhost' : formatEndpoint(local));
  let url: URL;
  try {
    url = new URL(`${tls === null ? 'http' : 'https'}://${authority}/`);
  } catch {
    throw new HttpError(400, 'The host that is asked for is malformed.');
  }
  url.pathname = encodePath(path);
  if (query !== null) url.search = query;
  return url.href;
}

/**
 * The path as the route was found by, so that the app sees the same path as the router. A backslash must stay encoded: a URL
 * takes it for a slash.
 */
function encodePath(path: string): string {
  if (/^[A-Za-z0-9/._~-]*$/.test(path)) return path;
  return path
    .toWellFormed()
    .split('/')
    .map((segment) => encodeURIComponent(segment).replaceAll(/%(?:21|24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent))
    .join('/');
}

function headersOf({ request, account }: Exchange): Headers {
  const headers = new Headers();
  const { rawHeaders } = request;
  try {
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] as string;
      // Who has logged in is in the context; the password is nothing that the app has to know.
      if (account !== null && name.toLowerCase() === 'authorization') continue;
      headers.append(name, rawHeaders[at + 1] as string);
    }
  } catch {
    throw new HttpError(400, 'A header is malformed.');
  }
  return headers;
}
