import type { IncomingMessage } from 'node:http';

import { size } from '../../contract/options.ts';
import { createGathered } from '../../wire/gathered.ts';
import { formatLimit } from '../../wire/size-text.ts';
import { HttpError } from './route.ts';

// For routes that take bodies: how much of one they take. What is too long is refused before it is read, where the peer
// says how long it is.

/** The option of such a route. */
export const maxBody = () =>
  size({ min: '1B' }).prefault('10MB').describe('the largest body of a request that is taken');

/** Throws 413 when the request says that its body is longer. */
export function checkBodyLength(request: IncomingMessage, maxBytes: number): void {
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) > maxBytes) throw tooLarge(maxBytes);
}

/** The body as it comes; throws 413 in place of what is past the limit. */
export async function* readBody(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  checkBodyLength(request, maxBytes);
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/** The whole body. */
export async function readWholeBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const body = createGathered();
  for await (const chunk of readBody(request, maxBytes)) body.add(chunk);
  return Buffer.concat(body.take());
}

export function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `The body of the request is larger than ${formatLimit(maxBytes)}.`);
}
