import type { IncomingMessage } from 'node:http';

import { HttpError } from './route.ts';
import { hasTooManyFields } from './server.ts';
import { isHost } from './target.ts';

/**
 * What the parser of node:http lets through and should not come near a route. Gives the Host header; null where there is none
 * and needs to be none.
 */
export function checkRequest(request: IncomingMessage): string | null {
  if (request.httpVersionMajor !== 1) throw new HttpError(505, 'This server speaks HTTP/1.1.');
  if (hasTooManyFields(request)) throw new HttpError(431, 'The request has too many header fields.');
  if (request.method === 'TRACE') throw new HttpError(405, 'TRACE is not answered.', { Allow: 'GET, HEAD' });
  checkTransferEncoding(request);
  return checkHost(request);
}

/** RFC 9112 6.1: nobody can say where a body ends that has other codings, or came over HTTP/1.0. */
function checkTransferEncoding(request: IncomingMessage): void {
  const coding = request.headers['transfer-encoding'];
  if (coding === undefined) return;
  if (request.httpVersionMinor === 0) throw new HttpError(400, 'HTTP/1.0 knows no transfer codings.');
  if (coding.toLowerCase() !== 'chunked')
    throw new HttpError(501, 'The only transfer coding that is understood is chunked.');
}

/** RFC 9112 3.2 */
function checkHost({ headers, rawHeaders, httpVersionMinor }: IncomingMessage): string | null {
  const { host } = headers;
  if (host === undefined) {
    if (httpVersionMinor === 0) return null;
    throw new HttpError(400, 'The request has no Host header.');
  }
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  if (count > 1) throw new HttpError(400, 'The request has more than one Host header.');
  // A target without a host, and so the header, may be empty.
  if (host === '') return null;
  return wellFormedHost(host);
}

/** RFC 9112 3.2.2: the host of an absolute target counts in place of the header, for whoever reads the header as well. */
export function takeHostOfTarget({ headers, rawHeaders }: IncomingMessage, authority: string): string {
  const host = wellFormedHost(authority);
  headers.host = host;
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === 'host');
  if (at === -1) rawHeaders.push('Host', host);
  else rawHeaders[at + 1] = host;
  return host;
}

function wellFormedHost(host: string): string {
  if (!isHost(host)) throw new HttpError(400, 'The Host of the request is none.');
  return host;
}
